import { describeScores } from "./score-words.ts";
import type { CircuitScores } from "./scores.ts";
import { compareSiteNames } from "./site.ts";

/** What a drawing says about where its circuit comes from; what is not known is left out. */
export interface CircuitProvenance {
	readonly circuit: string;
	readonly model?: { readonly name: string; readonly hash: string | null };
	readonly dictionaries: readonly { readonly site: string; readonly name: string; readonly hash: string }[];
	readonly prompt?: string;
	/** The token that cross-entropy speaks of. */
	readonly target?: string;
	readonly metric?: { readonly name: string; readonly value: number };
	readonly method: string;
	/** Name and value, in words. */
	readonly parameters: readonly (readonly [name: string, value: string])[];
	readonly scores: CircuitScores;
	readonly validation?: {
		/** What it ran on, in words. */
		readonly texts: string;
		readonly faithfulness: ProvenFigure | null;
		readonly completeness: ProvenFigure | null;
	};
	readonly program: string;
	/** When the numbers were computed, `2026-11-27`; null where no run did. */
	readonly date: string | null;
}

interface ProvenFigure {
	readonly value: number;
	/** Absent of one text, which cannot be drawn again. */
	readonly interval?: readonly [number, number];
}

/** The card's lines: what, and its value. */
export function listProvenance(of: CircuitProvenance): readonly (readonly [name: string, value: string])[] {
	const figure = (one: ProvenFigure | null | undefined) =>
		one
			? `${one.value.toFixed(2)}${one.interval ? ` [${one.interval.map((end) => end.toFixed(2)).join(", ")}]` : ""}`.replaceAll(
					"-",
					"−",
				)
			: undefined;
	const { validation, model, metric } = of;
	const scores = [
		metric && `${metric.name} ${metric.value.toPrecision(4).replace("-", "−")}`,
		describeScores(of.scores),
	].filter((part) => part !== undefined);
	const proven = validation && [
		figure(validation.faithfulness) && `faithfulness ${figure(validation.faithfulness)}`,
		figure(validation.completeness) && `completeness ${figure(validation.completeness)}`,
		`${validation.texts}${validation.faithfulness?.interval ? ", 95% intervals" : ""}`,
	];
	const rows: (readonly [string, string | undefined])[] = [
		["model", model && `${model.name}${model.hash ? ` (${shortHash(model.hash)})` : ""}`],
		["dictionaries", describeDictionaries(of.dictionaries)],
		["prompt", of.prompt === undefined ? undefined : JSON.stringify(of.prompt)],
		["target", of.target === undefined ? undefined : JSON.stringify(of.target)],
		["method", [of.method, ...of.parameters.map(([name, value]) => `${name} ${value}`)].join(" · ")],
		["scores", scores.length > 0 ? scores.join(" · ") : undefined],
		["validation", proven?.filter((part) => part !== undefined).join(" · ")],
		["made by", [of.program, of.date ?? undefined].filter((part) => part !== undefined).join(" · ")],
	];
	return rows.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const]));
}

function describeDictionaries(all: CircuitProvenance["dictionaries"]): string | undefined {
	if (all.length === 0) return undefined;
	return all
		.toSorted((a, b) => compareSiteNames(a.site, b.site))
		.map(({ site, name, hash }) => `${site === name ? site : `${site} ${name}`} (${shortHash(hash)})`)
		.join(", ");
}

/** As many digits as tell apart all that anybody will ever have. */
const shortHash = (hash: string) => hash.slice(0, 12);
