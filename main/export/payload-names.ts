import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import type { FeatureFacts } from "#shared/feature-facts";
import { type NodeName, nameNodes } from "#shared/naming";
import { withoutPosition } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";

/** What the nodes of a circuit's file are called, by id, as the canvas and drawings call them. */
export function namePayload(file: CircuitPayload): ReadonlyMap<string, NodeName> {
	const nodes = file.nodes.map(({ site, layer, feature, ...node }) => ({
		...node,
		...(site !== null && { site }),
		...(layer !== null && { layer }),
		...(feature !== null && { feature }),
	}));
	const logits = file.nodes.filter(({ kind }) => kind === "logit");
	return nameNodes(nodes, {
		labels: readLabels(file),
		facts: new Map(file.features.flatMap(({ id, facts }) => (facts ? [[id, facts as FeatureFacts] as const] : []))),
		run: {
			tokens: file.prompt.tokens,
			logitTokens: Object.fromEntries(logits.map(({ feature, token }) => [String(feature), token ?? `#${feature}`])),
		},
	});
}

/** By id without position. */
export function readLabels(file: CircuitPayload): ReadonlyMap<string, ShownLabel> {
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
