import { type ASTNode, parse } from "@ts-graphviz/ast";
import { AppError } from "#shared/errors";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { type AttributedGraph, readAttributedGraph } from "./attributed-graph.ts";
import type { ImportedFile } from "./imported-file.ts";
import { findTextPayload } from "./payload.ts";

/** What the parser is given at most: its memory grows with a multiple of the text. */
export const largestDot = 64 << 20;

/** Some 100,000 edges, for which the parser takes some 700 MB; nesting is left as strict as it is. */
const parserLimits = { maxInputSize: largestDot, maxASTNodes: 1_000_000 };

/**
 * Reads a graph in Graphviz's language as the seed writes it: nodes `10.4105`, `resid_10.4105`, `mlp_error_8.0`; edges
 * with `color="#rr00bbaa"`, whose alpha is the magnitude relative to the largest, red for down and blue (or green) for up.
 * Our own files carry weights and activations, and the whole circuit in a comment. Weights follow our sign: what ablating
 * the source does, so up is negative. Throws `bad-file`.
 */
export function readDotCircuit(text: string, file = "The graph"): ImportedFile {
	const comment = text.lastIndexOf(`/* ${payloadMarks.dotComment} `);
	const graph = comment < 0 ? text : text.slice(0, comment);
	const payload = comment < 0 ? undefined : findTextPayload(text.slice(comment), file);
	let root: ASTNode;
	try {
		root = parse(graph, parserLimits);
	} catch (cause) {
		const [reason] = (cause as Error).message.split("\n");
		if (reason?.includes("maxASTNodes"))
			throw new AppError(
				"bad-file",
				`${file} is larger than graphs in Graphviz's language are read, which is some 100,000 edges. Export its circuit as .json, or a smaller part of it.`,
			);
		throw new AppError(
			"bad-file",
			`${file} is no graph in Graphviz's language, or is cut off. Ask for the file again, or for the .json.`,
			{ reason: reason?.slice(0, 200) },
		);
	}
	return readAttributedGraph(collect(root), payload, file);
}

function collect(root: ASTNode): AttributedGraph {
	const nodes = new Map<string, ReadonlyMap<string, string>>();
	const edges: AttributedGraph["edges"][number][] = [];
	const visit = (node: ASTNode): void => {
		switch (node.type) {
			case "Dot":
			case "Graph":
			case "Subgraph":
				for (const child of node.children) visit(child);
				return;
			case "Node":
				if (!nodes.get(node.id.value)?.size) nodes.set(node.id.value, readAttributes(node));
				return;
			case "Edge": {
				const weight = readWeight(readAttributes(node));
				const names = node.targets.flatMap((target) => (target.type === "NodeRef" ? [target.id.value] : []));
				for (const [i, source] of names.slice(0, -1).entries())
					edges.push({ source, target: names[i + 1] ?? "", weight });
			}
		}
	};
	visit(root);
	return { nodes, edges, edgesMakeNodes: true };
}

function readAttributes({ children }: Extract<ASTNode, { type: "Node" | "Edge" }>): ReadonlyMap<string, string> {
	return new Map(
		children.flatMap((child) =>
			child.type === "Attribute" && !child.value.quoted?.toString().includes("<")
				? [[child.key.value.toLowerCase(), child.value.value] as const]
				: [],
		),
	);
}

function readWeight(attributes: ReadonlyMap<string, string>): number | undefined {
	const own = Number(attributes.get("weight_value") ?? Number.NaN);
	if (Number.isFinite(own)) return own;
	const [, red, green, blue, alpha] =
		/^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})?$/i.exec(attributes.get("color") ?? "") ?? [];
	if (red === undefined || green === undefined || blue === undefined) return undefined;
	const value = (hex: string | undefined) => Number.parseInt(hex ?? "ff", 16) / 255;
	const down = value(red) > Math.max(value(green), value(blue));
	return (down ? 1 : -1) * value(alpha);
}
