import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { type DataFormat, tablePaths } from "#shared/exchange/data-formats";
import type { FeatureFacts } from "#shared/feature-facts";
import { writeCircuitCsv } from "./circuit-csv.ts";
import { writeCircuitDot, writeDotComment } from "./circuit-dot.ts";
import { writeCircuitGraphml } from "./circuit-graphml.ts";
import { buildCircuitHtml } from "./circuit-html.ts";
import { buildNeuronpediaGraph, type NeuronpediaNames } from "./circuit-neuronpedia.ts";
import { buildCircuitParquet } from "./circuit-parquet.ts";
import { readLabels } from "./payload-names.ts";
import { type FileParts, writeJson } from "./text-parts.ts";

export interface WrittenFile {
	readonly path: string;
	readonly parts: FileParts;
}

export interface DataExport {
	readonly file: CircuitPayload;
	/** The drawing that an HTML page shows. */
	drawSvg(): Promise<string>;
	findNeuronpediaNames(): NeuronpediaNames;
}

/** A circuit in one of the forms of other programs, as the one or two files that it takes. */
export async function buildDataFiles(
	path: string,
	format: Exclude<DataFormat, "scd">,
	{ file, drawSvg, findNeuronpediaNames }: DataExport,
): Promise<readonly WrittenFile[]> {
	switch (format) {
		case "json":
			return [{ path, parts: chain(writeJson(file, "\t"), ["\n"]) }];
		case "neuronpedia":
			return [{ path, parts: writeJson(buildNeuronpediaGraph(file, findNeuronpediaNames())) }];
		case "dot":
			return [{ path, parts: chain(writeDot(file), writeDotComment(file)) }];
		case "graphml":
			return [{ path, parts: writeCircuitGraphml(file) }];
		case "html":
			return [{ path, parts: [await buildCircuitHtml(file, await drawSvg())] }];
		default: {
			const { nodes, edges } = format === "csv" ? writeCircuitCsv(file) : packTables(file);
			const [nodesPath, edgesPath] = tablePaths(path, format);
			return [
				{ path: nodesPath, parts: nodes },
				{ path: edgesPath, parts: edges },
			];
		}
	}
}

async function* chain(...all: readonly FileParts[]): AsyncGenerator<string | Uint8Array, void> {
	for (const parts of all) yield* parts;
}

function packTables(file: CircuitPayload) {
	const { nodes, edges } = buildCircuitParquet(file);
	return { nodes: [nodes], edges: [edges] };
}

function writeDot(file: CircuitPayload): Iterable<string> {
	const tokens = new Map(file.nodes.map(({ id, token }) => [id, token ?? ""]));
	return writeCircuitDot(
		{
			edges: file.edges,
			nodes: file.nodes.map(({ site, layer, feature, ...node }) => ({
				...node,
				...(site !== null && { site }),
				...(layer !== null && { layer }),
				...(feature !== null && { feature }),
			})),
		},
		{
			facts: new Map(file.features.flatMap(({ id, facts }) => (facts ? [[id, facts as FeatureFacts] as const] : []))),
			labels: readLabels(file),
			metricName: file.metric.name,
			tokenOf: ({ id }) => tokens.get(id) ?? "",
		},
	);
}
