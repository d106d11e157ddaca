import { assert } from "#shared/errors";
import { add } from "./elementwise.ts";
import { type Node, sortNodes, type Value } from "./value.ts";

export interface Seed {
	readonly value: Value;
	/** `[...batch, ...value.shape]`: what the scalar of interest changes by per unit of `value`. */
	readonly cotangent: Value;
}

/**
 * Reverse-mode differentiation that emits graph nodes: the cotangents that arrive at `targets` from all `seeds`
 * (`[...batch, ...target.shape]`; undefined where no path leads there). Only nodes between a target and a seed are
 * visited, fan-out is summed.
 *
 * `cutAt` holds values constant: what arrives at them is reported (if they are targets) but does not pass on.
 * `batchRank` is the number of leading axes that all cotangents carry beyond their values.
 */
export function differentiate(
	seeds: readonly Seed[],
	targets: readonly Value[],
	{ cutAt = new Set(), batchRank = 0 }: { cutAt?: ReadonlySet<Value>; batchRank?: number } = {},
): readonly (Value | undefined)[] {
	const order = sortNodes(seeds.map(({ value }) => value));
	const leadsToTarget = markLeading(order, new Set(targets));
	const arrived = new Map<Value, Value>();
	const accumulate = (value: Value, cotangent: Value) => {
		const sum = arrived.get(value);
		arrived.set(value, sum ? add(sum, cotangent) : cotangent);
	};
	for (const { value, cotangent } of seeds) {
		assert(cotangent.shape.length === value.shape.length + batchRank, "a cotangent has the rank of its value");
		accumulate(value, cotangent);
	}
	for (const node of order.toReversed()) {
		if (!leadsToTarget.has(node) || !node.operator.vjp) continue;
		const cotangents = node.outputs.map((output) => (cutAt.has(output) ? undefined : arrived.get(output)));
		if (cotangents.every((cotangent) => cotangent === undefined)) continue;
		const wanted = node.inputs.map((input) => leadsToTarget.has(input.node));
		if (!wanted.includes(true)) continue;
		for (const [i, cotangent] of node.operator.vjp(node, cotangents, batchRank, wanted).entries())
			if (cotangent && wanted[i]) accumulate(node.inputs[i] as Value, cotangent);
	}
	return targets.map((target) => arrived.get(target));
}

/** Nodes that have a target among their outputs or upstream of them. */
function markLeading(order: readonly Node[], targets: ReadonlySet<Value>): ReadonlySet<Node> {
	const leading = new Set<Node>();
	for (const node of order)
		if (node.outputs.some((value) => targets.has(value)) || node.inputs.some((value) => leading.has(value.node)))
			leading.add(node);
	return leading;
}
