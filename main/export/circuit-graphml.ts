import { escapeXml } from "#shared/drawing/svg-text";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { packPayloadParts } from "./circuit-payload.ts";

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

const key = (id: string, owner: string, type: string) =>
	`<key id="${id}" for="${owner}" attr.name="${id}" attr.type="${type}"/>\n`;

const data = (name: string, value: string | number | null | undefined) =>
	value === null || value === undefined
		? ""
		: `<data key="${name}">${typeof value === "number" ? value : writeText(value)}</data>`;

/** GraphML, as networkx, Gephi, yEd and igraph read it; the graph's `scd_circuit` holds the whole circuit for us. */
export async function* writeCircuitGraphml(file: CircuitPayload): AsyncGenerator<string, void> {
	yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n';
	for (const [name, type] of Object.entries(nodeKeys)) yield key(name, "node", type);
	yield key("weight", "edge", "double");
	for (const name of ["name", "model", "prompt", "metric", "scd_circuit"]) yield key(name, "graph", "string");
	yield '<graph edgedefault="directed">\n';
	yield `${data("name", file.name)}${data("model", file.model.name)}${data("prompt", file.prompt.text)}\n`;
	yield `${data("metric", file.metric.name)}\n`;
	for (const node of file.nodes) yield `<node id="${writeText(node.id)}">${writeNode(node)}</node>\n`;
	yield* writeEdges(file);
	yield `<data key="scd_circuit">${payloadMarks.encoding}:`;
	yield* packPayloadParts(file);
	yield "</data>\n</graph>\n</graphml>\n";
}

function writeNode(node: CircuitPayload["nodes"][number]): string {
	const cellOf = (name: keyof typeof nodeKeys) => (name === "feature_label" ? node.label : node[name]);
	return (Object.keys(nodeKeys) as (keyof typeof nodeKeys)[]).map((name) => data(name, cellOf(name))).join("");
}

/** Apart, because a million steps that wait take longer than all else. */
function* writeEdges({ edges }: CircuitPayload): Generator<string, void> {
	for (const { source, target, weight } of edges)
		yield `<edge source="${writeText(source)}" target="${writeText(target)}">${data("weight", weight)}</edge>\n`;
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
