import { extname, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Circuit, CircuitNode } from "#shared/circuit";
import { buildCircuitSvg } from "#shared/drawing/circuit-svg";
import { findStrongest } from "#shared/drawing/strongest";
import type { ColourPair, ThemeName } from "#shared/drawing/theme";
import { AppError, assert } from "#shared/errors";
import { siteName } from "#shared/site";
import type { App } from "../app/app.ts";
import { type FeatureQuery, lookUpFeatures } from "../app/feature-lookup.ts";
import { buildCircuitDot } from "../export/circuit-dot.ts";
import { saveExport } from "../export/save-export.ts";
import { loadTokenizer } from "../model/tokenizer.ts";
import { parseCount } from "./options.ts";

export interface DrawingOptions {
	readonly theme: ThemeName;
	readonly colours: ColourPair;
	readonly maxEdges: number;
}

/** A circuit with what a drawing says about it. */
export interface DescribedCircuit extends Omit<FeatureQuery, "features"> {
	readonly circuit: Circuit;
	readonly modelName: string;
	readonly metricName: string;
	readonly metric: number;
	readonly explained: number;
	readonly tokens: readonly string[];
}

export const circuitFormats = ["svg", "dot", "json"] as const;
export type CircuitFormat = (typeof circuitFormats)[number];

/** Undefined for an ending that is none of ours. */
function formatOf(path: string): CircuitFormat | undefined {
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
			throw new AppError("usage", `${path} has an ending that is not known. Write circuits as .svg, .dot or .json.`, {
				path,
			});
}

/** Writes a circuit in the given format, or in that of the path's ending. */
export async function saveCircuit(
	app: App,
	path: string,
	described: DescribedCircuit,
	options: DrawingOptions,
	buildJson: () => object,
	format = formatOf(path),
): Promise<void> {
	assert(format !== undefined, `checkOutputs lets ${path} through`);
	saveExport(resolve(path), await buildCircuitText(app, format, described, options, buildJson));
}

/** A circuit as a drawing or as numbers, with the words of its features. */
export async function buildCircuitText(
	app: App,
	format: CircuitFormat,
	described: DescribedCircuit,
	options: DrawingOptions,
	buildJson: () => object,
): Promise<string> {
	if (format === "json") return `${JSON.stringify(buildJson(), null, "\t")}\n`;
	const { circuit } = described;
	const shown = format === "svg" ? findStrongest(circuit, options.maxEdges) : circuit;
	const facts = await lookUpFeatures(app, { ...described, features: listFeatures(shown.nodes) });
	const tokenizer = loadTokenizer(described.modelDir);
	const tokenText = (id: number) => tokenizer.tokenText(id);
	const { theme, colours, maxEdges } = options;
	if (format === "svg") return buildCircuitSvg({ ...described, theme, colours, maxEdges, facts, tokenText });
	const raises = (weight: number) => (described.metricName === "cross_entropy" ? weight > 0 : weight < 0);
	return buildCircuitDot(circuit, { facts, raises, tokenOf: (node) => tokenText(node.feature ?? 0) });
}

export function listFeatures(nodes: readonly CircuitNode[]): FeatureQuery["features"] {
	return nodes.flatMap(({ kind, site, layer, feature }) =>
		kind === "feature" && site !== undefined && layer !== undefined && feature !== undefined
			? [{ site: siteName({ kind: site, layer }), feature }]
			: [],
	);
}
