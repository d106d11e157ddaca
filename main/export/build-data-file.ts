import type { CircuitFile } from "#shared/exchange/circuit-file";
import { type DataFormat, tablePaths } from "#shared/exchange/data-formats";
import type { FeatureFacts } from "#shared/feature-facts";
import { withoutPosition } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";
import { buildCircuitCsv } from "./circuit-csv.ts";
import { buildCircuitDot } from "./circuit-dot.ts";
import { buildCircuitGraphml } from "./circuit-graphml.ts";
import { buildCircuitHtml } from "./circuit-html.ts";
import { buildNeuronpediaGraph, type NeuronpediaNames } from "./circuit-neuronpedia.ts";
import { buildCircuitParquet } from "./circuit-parquet.ts";

export interface WrittenFile {
	readonly path: string;
	readonly content: string | Uint8Array;
}

export interface DataExport {
	readonly file: CircuitFile;
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
			return [{ path, content: `${JSON.stringify(file, null, "\t")}\n` }];
		case "neuronpedia":
			return [{ path, content: JSON.stringify(buildNeuronpediaGraph(file, findNeuronpediaNames())) }];
		case "dot":
			return [{ path, content: buildDot(file) }];
		case "graphml":
			return [{ path, content: buildCircuitGraphml(file) }];
		case "html":
			return [{ path, content: buildCircuitHtml(file, await drawSvg()) }];
		default: {
			const { nodes, edges } = format === "csv" ? buildCircuitCsv(file) : buildCircuitParquet(file);
			const [nodesPath, edgesPath] = tablePaths(path, format);
			return [
				{ path: nodesPath, content: nodes },
				{ path: edgesPath, content: edges },
			];
		}
	}
}

function buildDot(file: CircuitFile): string {
	const tokens = new Map(file.nodes.map(({ id, token }) => [id, token ?? ""]));
	return buildCircuitDot(
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
			payload: file,
		},
	);
}

function readLabels(file: CircuitFile): ReadonlyMap<string, ShownLabel> {
	return new Map(
		file.nodes.flatMap(({ id, label: text, label_by: by = "person" }): [string, ShownLabel][] => {
			if (text === undefined) return [];
			const source = by.replace(/^neuronpedia:/, "");
			return [
				[withoutPosition(id), by === "person" ? { text, by: "person" } : { text, by: "neuronpedia", source, at: 0 }],
			];
		}),
	);
}
