import { extname, resolve } from "node:path";
import type { Circuit } from "#shared/circuit";
import { type PictureFormat, pictureFormats } from "#shared/contract/export-request";
import { AppError, assert } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import type { ShownLabel } from "#shared/published";
import { buildCircuitDot } from "../export/circuit-dot.ts";
import { saveExport } from "../export/save-export.ts";
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.ts";

/** A circuit with what a drawing says about it. */
export interface DescribedCircuit {
	readonly circuit: Circuit;
	readonly facts: ReadonlyMap<string, FeatureFacts>;
	readonly labels: ReadonlyMap<string, ShownLabel>;
	/** Text of a vocabulary number. */
	tokenText(id: number): string;
	readonly modelName: string;
	readonly metricName: string;
	readonly metric: number;
	readonly tokens: readonly string[];
}

const circuitFormats = [...pictureFormats, "dot", "json"] as const;
export type CircuitFormat = (typeof circuitFormats)[number];

/** Undefined for an ending that is none of ours. */
export function formatOf(path: string): CircuitFormat | undefined {
	return circuitFormats.find((format) => extname(path).toLowerCase() === `.${format}`);
}

export function isPicture(format: string | undefined): format is PictureFormat {
	return pictureFormats.some((one) => one === format);
}

/** Before any work: a mistyped ending should not cost a trace. */
export function checkOutputs(paths: readonly string[] | undefined): void {
	for (const path of paths ?? [])
		if (formatOf(path) === undefined)
			throw new AppError(
				"usage",
				`${path} has an ending that is not known. Write circuits as ${circuitFormats.map((format) => `.${format}`).join(", ")}.`,
				{
					path,
				},
			);
}

/** Reads the tokenizer when the first text is asked for: numbers alone do without it. */
export function readTokenTexts(modelDir: string): (id: number) => string {
	let tokenizer: Tokenizer | undefined;
	return (id) => {
		tokenizer ??= loadTokenizer(modelDir);
		return tokenizer.tokenText(id);
	};
}

/** Writes a circuit in the given format, or in that of the path's ending. */
export function saveCircuit(
	path: string,
	described: DescribedCircuit,
	buildJson: () => object,
	format = formatOf(path),
): void {
	assert(format !== undefined, `checkOutputs lets ${path} through`);
	saveExport(resolve(path), buildCircuitFile(format, described, buildJson));
}

/** A circuit as text, with the words of its features; pictures are another matter. */
function buildCircuitFile(format: CircuitFormat, described: DescribedCircuit, buildJson: () => object): string {
	if (format === "json") return `${JSON.stringify(buildJson(), null, "\t")}\n`;
	const { circuit, facts, labels, metricName, tokenText } = described;
	return buildCircuitDot(circuit, { facts, labels, metricName, tokenOf: (node) => tokenText(node.feature ?? 0) });
}
