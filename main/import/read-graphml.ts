import { AppError } from "#shared/errors";
import { type AttributedGraph, readAttributedGraph } from "./attributed-graph.ts";
import type { ImportedFile } from "./imported-file.ts";
import { findTextPayload } from "./payload.ts";
import { readXml } from "./xml-events.ts";

export const largestGraphml = 100 << 20;

/** Reads GraphML as we and networkx write it. Throws `bad-file`. */
export function readGraphml(text: string, file: string): ImportedFile {
	const names = new Map<string, string>();
	const nodes = new Map<string, Map<string, string>>();
	const edges: (AttributedGraph["edges"][number] & { weight: number | undefined })[] = [];
	let sawGraph = false;
	let circuit = "";
	/** Whose data is read: attributes of a node or edge by name. */
	let owner: Map<string, string> | undefined;
	let data: string | undefined;
	let edge: { source: string; target: string } | undefined;
	for (const event of readXml(text, file)) {
		if (event.type === "text") {
			if (data === undefined) continue;
			if (owner) owner.set(data, (owner.get(data) ?? "") + event.text);
			else if (data === "scd_circuit") circuit += event.text;
		} else if (event.type === "open") {
			const get = (name: string) => event.attributes.get(name) ?? "";
			if (event.name === "key") names.set(get("id"), get("attr.name") || get("id"));
			else if (event.name === "graph") sawGraph = true;
			else if (event.name === "node") {
				owner = new Map();
				nodes.set(get("id"), owner);
			} else if (event.name === "edge") {
				edge = { source: get("source"), target: get("target") };
				owner = new Map();
			} else if (event.name === "data") data = names.get(get("key")) ?? get("key");
		} else if (event.name === "data") data = undefined;
		else if (event.name === "node") owner = undefined;
		else if (event.name === "edge" && edge) {
			const weight = Number(owner?.get("weight") ?? Number.NaN);
			edges.push({ ...edge, weight: Number.isFinite(weight) ? weight : undefined });
			[edge, owner] = [undefined, undefined];
		}
	}
	if (!sawGraph) throw new AppError("bad-file", `${file} is XML, and no graph in GraphML. Give a .graphml file.`);
	return readAttributedGraph({ nodes, edges }, circuit === "" ? undefined : findTextPayload(circuit, file), file);
}
