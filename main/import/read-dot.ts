import { type ASTNode, parse } from "@ts-graphviz/ast";
import type { Circuit, CircuitEdge, CircuitNode } from "#shared/circuit";
import { AppError } from "#shared/errors";
import { formatNodeId, type NodeRef, parseNodeId } from "#shared/node-id";

/** A circuit from a file, and what in it could not be used. */
export interface ImportedCircuit {
	readonly circuit: Circuit;
	readonly notes: readonly string[];
}

/**
 * Reads a graph in Graphviz's language as the seed writes it: nodes `10.4105`, `resid_10.4105`, `mlp_error_8.0`; edges
 * with `color="#rr00bbaa"`, whose alpha is the magnitude relative to the largest, red for down and blue (or green) for up.
 * Our own files carry the weight itself. Weights follow our sign: what ablating the source does, so up is negative.
 * Throws `bad-file`.
 */
export function readDotCircuit(text: string): ImportedCircuit {
	let root: ASTNode;
	try {
		root = parse(text);
	} catch (cause) {
		const [reason] = (cause as Error).message.split("\n");
		throw new AppError(
			"bad-file",
			`This is no graph in Graphviz's language: ${reason?.replace(/\.$/, "")}. Give a .dot file.`,
		);
	}
	const nodes = new Map<string, CircuitNode>();
	const edges = new Map<string, CircuitEdge>();
	const strange = new Set<string>();
	let plain = 0;
	const put = (name: string): string | undefined => {
		const node = readNode(name);
		if (!node) {
			strange.add(name);
			return undefined;
		}
		if (!nodes.has(node.id)) nodes.set(node.id, node);
		return node.id;
	};
	const visit = (node: ASTNode): void => {
		switch (node.type) {
			case "Dot":
			case "Graph":
			case "Subgraph":
				for (const child of node.children) visit(child);
				return;
			case "Node":
				put(node.id.value);
				return;
			case "Edge": {
				const weight = readWeight(node);
				if (weight === undefined) plain++;
				const names = node.targets.flatMap((target) => (target.type === "NodeRef" ? [target.id.value] : []));
				const ids = names.map(put);
				for (const [i, source] of ids.slice(0, -1).entries()) {
					const target = ids[i + 1];
					if (source === undefined || target === undefined || weight === 0) continue;
					edges.set(`${source} ${target}`, { source, target, weight: weight ?? -1 });
				}
			}
		}
	};
	visit(root);
	if (nodes.size === 0)
		throw new AppError(
			"bad-file",
			`The graph holds no node that is a feature or an error${strange.size > 0 ? ` (its first is "${[...strange][0]}")` : ""}. Nodes are named as 10.4105, resid_10.4105 or mlp_error_8.0.`,
		);
	return {
		circuit: { nodes: [...nodes.values()], edges: [...edges.values()] },
		notes: [
			...(strange.size > 0
				? [
						`${strange.size} nodes with other names were left out: ${[...strange].slice(0, 5).join(", ")}${strange.size > 5 ? ", …" : ""}.`,
					]
				: []),
			...(plain > 0 ? [`${plain} edges without a colour count as raising, with the largest magnitude.`] : []),
		],
	};
}

/** A bare `10.4105` is on the residual stream, which is all that the seed's first graphs have. */
function readNode(name: string): CircuitNode | undefined {
	let ref: NodeRef;
	try {
		ref = parseNodeId(/^\d+\.\d+$/.test(name) ? `resid_${name}` : name);
	} catch {
		return undefined;
	}
	const place = { position: ref.position ?? 0, activation: 0, attribution: 0 };
	if (ref.kind === "token" || ref.kind === "logit")
		return { id: formatNodeId(ref), kind: ref.kind, feature: ref.token, ...place };
	const site = { site: ref.site.kind, layer: ref.site.layer };
	if (ref.kind === "error") return { id: formatNodeId(ref), kind: "error", ...site, ...place };
	return { id: formatNodeId(ref), kind: "feature", ...site, feature: ref.feature, ...place };
}

function readWeight(edge: Extract<ASTNode, { type: "Edge" }>): number | undefined {
	const attribute = (name: string) => {
		for (const child of edge.children)
			if (child.type === "Attribute" && child.key.value.toLowerCase() === name) return child.value.value;
		return undefined;
	};
	const own = Number(attribute("weight_value") ?? Number.NaN);
	if (Number.isFinite(own)) return own;
	const [, red, green, blue, alpha] =
		/^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})?$/i.exec(attribute("color") ?? "") ?? [];
	if (red === undefined || green === undefined || blue === undefined) return undefined;
	const value = (hex: string | undefined) => Number.parseInt(hex ?? "ff", 16) / 255;
	const down = value(red) > Math.max(value(green), value(blue));
	return (down ? 1 : -1) * value(alpha);
}
