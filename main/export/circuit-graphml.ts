import { escapeXml } from "#shared/drawing/svg-text";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { packPayload } from "./circuit-payload.ts";

const nodeKeys = {
	kind: "string",
	site: "string",
	layer: "long",
	feature: "long",
	position: "long",
	joined: "long",
	activation: "double",
	attribution: "double",
	token: "string",
	feature_label: "string",
} as const;

/** GraphML, as networkx, Gephi, yEd and igraph read it; the graph's `scd_circuit` holds the whole circuit for us. */
export function buildCircuitGraphml(file: CircuitFile): string {
	const key = (id: string, owner: string, type: string) =>
		`<key id="${id}" for="${owner}" attr.name="${id}" attr.type="${type}"/>`;
	const data = (name: string, value: string | number | null | undefined) =>
		value === null || value === undefined
			? ""
			: `<data key="${name}">${typeof value === "number" ? value : writeText(value)}</data>`;
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
		...Object.entries(nodeKeys).map(([name, type]) => key(name, "node", type)),
		key("weight", "edge", "double"),
		...["name", "model", "prompt", "metric", "scd_circuit"].map((name) => key(name, "graph", "string")),
		'<graph edgedefault="directed">',
		data("name", file.name) + data("model", file.model.name) + data("prompt", file.prompt.text),
		data("metric", file.metric.name),
		...file.nodes.map(
			(node) =>
				`<node id="${writeText(node.id)}">${Object.keys(nodeKeys)
					.map((name) =>
						data(
							name,
							name === "feature_label" ? node.label : node[name as Exclude<keyof typeof nodeKeys, "feature_label">],
						),
					)
					.join("")}</node>`,
		),
		...file.edges.map(
			({ source, target, weight }) =>
				`<edge source="${writeText(source)}" target="${writeText(target)}">${data("weight", weight)}</edge>`,
		),
		`<data key="scd_circuit">${payloadMarks.encoding}:${packPayload(file)}</data>`,
		"</graph>",
		"</graphml>",
		"",
	].join("\n");
}

/** XML 1.0 knows no other control characters, whatever their escape; what stands for them is for people. */
const writeText = (text: string) =>
	escapeXml(
		text
			.toWellFormed()
			.replace(
				/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu,
				(letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
			),
	).replace(/\r/g, "&#13;");
