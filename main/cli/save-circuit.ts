import { extname, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Circuit, CircuitNode } from "#shared/circuit";
import { buildCircuitSvg } from "#shared/drawing/circuit-svg";
import { findStrongest } from "#shared/drawing/strongest";
import type { ColourPair, ThemeName } from "#shared/drawing/theme";
import { AppError, assert } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import { parseNodeId } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";
import { siteName } from "#shared/site";
import type { FeatureQuery } from "../app/feature-lookup.ts";
import { buildCircuitDot } from "../export/circuit-dot.ts";
import { rasterizeSvg } from "../export/circuit-png.ts";
import { saveExport } from "../export/save-export.ts";
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.ts";
import { parseCount } from "./options.ts";

export interface DrawingOptions {
	readonly theme: ThemeName;
	readonly colours: ColourPair;
	readonly maxEdges: number;
}

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
	readonly explained: number | null;
	readonly tokens: readonly string[];
}

export const circuitFormats = ["svg", "png", "dot", "json"] as const;
export type CircuitFormat = (typeof circuitFormats)[number];

/** Undefined for an ending that is none of ours. */
export function formatOf(path: string): CircuitFormat | undefined {
	return circuitFormats.find((format) => extname(path).toLowerCase() === `.${format}`);
}

export function drawingOptions(command: Command): Command {
	return command
		.addOption(new Option("--theme <name>", "colours of the drawing").choices(["light", "dark"]).default("light"))
		.addOption(
			new Option("--colours <pair>", "for raises and lowers").choices(["blue-red", "blue-orange"]).default("blue-red"),
		)
		.option("--max-edges <n>", "draw only the strongest edges (the caption says of how many)", parseCount, 160);
}

/** Before any work: a mistyped ending should not cost a trace. */
export function checkOutputs(paths: readonly string[] | undefined): void {
	for (const path of paths ?? [])
		if (formatOf(path) === undefined)
			throw new AppError(
				"usage",
				`${path} has an ending that is not known. Write circuits as .svg, .png, .dot or .json.`,
				{
					path,
				},
			);
}

/** The nodes whose words outputs in these formats show: all in DOT, those of the strongest edges in a drawing. */
export function listShownNodes(
	circuit: Circuit,
	formats: readonly (CircuitFormat | undefined)[],
	{ maxEdges }: DrawingOptions,
): readonly CircuitNode[] {
	if (formats.includes("dot")) return circuit.nodes;
	return formats.includes("svg") || formats.includes("png") ? findStrongest(circuit, maxEdges).nodes : [];
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
export async function saveCircuit(
	path: string,
	described: DescribedCircuit,
	options: DrawingOptions,
	buildJson: () => object,
	format = formatOf(path),
): Promise<void> {
	assert(format !== undefined, `checkOutputs lets ${path} through`);
	saveExport(resolve(path), await buildCircuitFile(format, described, options, buildJson));
}

/** A circuit as a drawing or as numbers, with the words of its features. */
export async function buildCircuitFile(
	format: CircuitFormat,
	described: DescribedCircuit,
	options: DrawingOptions,
	buildJson: () => object,
): Promise<string | Uint8Array> {
	if (format === "json") return `${JSON.stringify(buildJson(), null, "\t")}\n`;
	const { theme, colours, maxEdges } = options;
	if (format === "svg" || format === "png") {
		const drawn = buildCircuitSvg({ ...described, theme, colours, maxEdges });
		return format === "svg" ? drawn.svg : await rasterizeSvg(drawn);
	}
	const { circuit, facts, labels, metricName, tokenText } = described;
	return buildCircuitDot(circuit, { facts, labels, metricName, tokenOf: (node) => tokenText(node.feature ?? 0) });
}

export function listFeatures(nodes: readonly CircuitNode[]): FeatureQuery["features"] {
	return nodes.flatMap(({ kind, id }) => {
		const ref = kind === "feature" ? parseNodeId(id) : undefined;
		return ref?.kind === "feature" ? [{ site: siteName(ref.site), feature: ref.feature }] : [];
	});
}
