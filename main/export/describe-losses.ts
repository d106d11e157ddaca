import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import type { DataFormat } from "#shared/exchange/data-formats";

const words: Readonly<Partial<Record<DataFormat, string>>> = {
	neuronpedia: "Neuronpedia's form has",
	csv: "Tables have",
	parquet: "Tables have",
};

/** What of this circuit a form of another program has no place for, in a sentence; undefined where all of it goes in. */
export function describeLosses(format: DataFormat, file: CircuitPayload): string | undefined {
	const subject = words[format];
	if (subject === undefined) return undefined;
	const lost = [...listLosses(file, format !== "neuronpedia")];
	if (lost.length === 0) return undefined;
	const last = lost.pop() as string;
	const list = lost.length > 0 ? `${lost.join(", ")} and ${last}` : last;
	return `${subject} no place for ${list}. Write a .json or .scd beside it to keep them.`;
}

function* listLosses({ document, ...file }: CircuitPayload, isTable: boolean): Generator<string> {
	const count = (number: number, name: string, names = `${name}s`) =>
		number === 0 ? [] : [number === 1 ? `1 ${name}` : `${number.toLocaleString("en")} ${names}`];
	if (file.dictionaries.length > 0) yield "its dictionaries and how they were read";
	if (file.explained !== null) yield "its scores";
	// Another program's graph is written again as it came.
	yield* count(file.runs.filter(({ request }) => request["imported"] === undefined).length, "run");
	yield* count(file.reports.length, "result of a validation or consensus", "results of validations or consensus");
	yield* count(file.features.filter(({ facts }) => facts).length, "feature's card", "features' cards");
	yield* count(document.notes.length, "note");
	yield* count(document.links.length, "drawn edge");
	yield* count(document.hidden.length, "hidden node");
	yield* count(document.pinSets.length, "set of pins", "sets of pins");
	yield* count(document.story.length, "step of the story", "steps of the story");
	// What another program had placed is written as it came.
	if (document.places.length > 0 && (isTable || file.originals.length === 0)) yield "where nodes stand";
	if (!isTable) return;
	yield* count(document.pins.length, "pin");
	yield* count(document.groups.length, "group");
}
