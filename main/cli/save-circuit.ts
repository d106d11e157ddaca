import { extname, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Circuit, CircuitNode } from "#shared/circuit";
import { buildCircuitSvg } from "#shared/drawing/circuit-svg";
import { findStrongest } from "#shared/drawing/strongest";
import type { ColourPair, ThemeName } from "#shared/drawing/theme";
import { AppError } from "#shared/errors";
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

const formats = [".svg", ".dot", ".json"];

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
		if (!formats.includes(extname(path).toLowerCase()))
			throw new AppError("usage", `${path} has an ending that is not known. Write circuits as .svg, .dot or .json.`, {
				path,
			});
}

/** Writes a circuit in the format of the path's ending. */
export async function saveCircuit(
	app: App,
	path: string,
	described: DescribedCircuit,
	options: DrawingOptions,
	buildJson: () => object,
): Promise<void> {
	const target = resolve(path);
	if (extname(path).toLowerCase() === ".json")
		return saveExport(target, `${JSON.stringify(buildJson(), null, "\t")}\n`);
	const { circuit } = described;
	const svg = extname(path).toLowerCase() === ".svg";
	const shown = svg ? findStrongest(circuit, options.maxEdges) : circuit;
	const facts = await lookUpFeatures(app, { ...described, features: listFeatures(shown.nodes) });
	const tokenizer = loadTokenizer(described.modelDir);
	const tokenText = (id: number) => tokenizer.tokenText(id);
	if (svg)
		return saveExport(
			target,
			buildCircuitSvg({
				...described,
				theme: options.theme,
				colours: options.colours,
				maxEdges: options.maxEdges,
				facts,
				tokenText,
			}),
		);
	const raises = (weight: number) => (described.metricName === "cross_entropy" ? weight > 0 : weight < 0);
	saveExport(target, buildCircuitDot(circuit, { facts, raises, tokenOf: (node) => tokenText(node.feature ?? 0) }));
}

export function listFeatures(nodes: readonly CircuitNode[]): FeatureQuery["features"] {
	return nodes.flatMap(({ kind, site, layer, feature }) =>
		kind === "feature" && site !== undefined && layer !== undefined && feature !== undefined
			? [{ site: siteName({ kind: site, layer }), feature }]
			: [],
	);
}
