import type { CircuitNode } from "../circuit.ts";
import { type NameSource, nameNode } from "../naming.ts";
import { withoutPosition } from "../node-id.ts";
import type { Member } from "../supernode.ts";
import { tokenOf } from "./card-content.ts";

/** Nodes of a circuit with what is known of them. */
export function describeMembers(nodes: readonly CircuitNode[], source: NameSource): readonly Member[] {
	return nodes.map((node) => {
		const { id, kind, position, attribution } = node;
		const bare = withoutPosition(id);
		return {
			id,
			kind,
			position,
			token: tokenOf(node, source.run),
			label: source.labels.get(bare)?.text,
			facts: source.facts.get(bare),
			name: nameNode(node, source).text,
			attribution,
		};
	});
}
