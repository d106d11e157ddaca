import { assert } from "#shared/errors";

/**
 * The words of a graph. A graph is nothing but the values that are reachable from its outputs; nodes are frozen when
 * made, so building is pure and what nobody asks for is never emitted.
 */
export type DataType = "float32" | "float16" | "bfloat16" | "float64" | "int64" | "bool";

/** A size known when the graph is built, or the name of one that is known when it runs (`T`, `B`). */
export type Dim = number | string;
export type Shape = readonly Dim[];

export interface TensorType {
	readonly dtype: DataType;
	readonly shape: Shape;
}

export interface Value extends TensorType {
	readonly node: Node;
	/** Which of the node's outputs this is. */
	readonly index: number;
}

export type Attribute = number | string | readonly number[];

export interface Node {
	readonly operator: Operator;
	readonly inputs: readonly Value[];
	readonly attributes: Readonly<Record<string, Attribute>>;
	readonly outputs: readonly Value[];
	readonly source?: Source;
}

/** Where the numbers of a node without inputs come from. */
export type Source =
	| { readonly kind: "input"; readonly name: string }
	| { readonly kind: "constant"; readonly data: Float32Array | BigInt64Array }
	| { readonly kind: "weight"; readonly path: string; readonly offset: number; readonly bytes: number };

/** One row of the operator table: an ONNX operator, its shape rule and its gradient. */
export interface Operator {
	readonly name: string;
	/** Shape rule: the types of the outputs, or a broken invariant. */
	infer(inputs: readonly Value[], attributes: Node["attributes"]): readonly TensorType[];
	/**
	 * Vector-Jacobian product: one cotangent for each input, `undefined` where none flows. A cotangent has the shape of
	 * its value behind `batchRank` leading axes, so that many of them share one forward pass. Absent: not differentiable,
	 * treated as a constant. `wanted` says for which inputs anybody will ask.
	 */
	vjp?(
		node: Node,
		cotangents: readonly (Value | undefined)[],
		batchRank: number,
		wanted: readonly boolean[],
	): readonly (Value | undefined)[];
}

export function buildNode(
	operator: Operator,
	inputs: readonly Value[],
	attributes: Node["attributes"] = {},
	source?: Source,
	types: readonly TensorType[] = operator.infer(inputs, attributes),
): readonly Value[] {
	const outputs: Value[] = [];
	const node: Node = Object.freeze({ operator, inputs, attributes, outputs, ...(source && { source }) });
	for (const [index, type] of types.entries())
		outputs.push(Object.freeze({ node, index, dtype: type.dtype, shape: type.shape }));
	Object.freeze(outputs);
	return outputs;
}

/** The single output of a node. */
export function buildValue(...parameters: Parameters<typeof buildNode>): Value {
	const [value] = buildNode(...parameters);
	assert(value, "a node has an output");
	return value;
}

/** Shape after NumPy broadcasting. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
	const rank = Math.max(a.length, b.length);
	return Array.from({ length: rank }, (_, i) => {
		const x = a[a.length - rank + i] ?? 1;
		const y = b[b.length - rank + i] ?? 1;
		assert(x === y || x === 1 || y === 1, `shapes [${a}] and [${b}] do not broadcast`);
		return x === 1 ? y : x;
	});
}

/** The values that `outputs` need, each after its inputs. */
export function sortNodes(outputs: readonly Value[]): readonly Node[] {
	const done = new Set<Node>();
	const sorted: Node[] = [];
	const stack = outputs.map((value) => ({ node: value.node, entered: false }));
	stack.reverse();
	for (let top = stack.pop(); top; top = stack.pop()) {
		if (done.has(top.node)) continue;
		if (top.entered) {
			done.add(top.node);
			sorted.push(top.node);
		} else {
			stack.push({ node: top.node, entered: true });
			for (const input of top.node.inputs) if (!done.has(input.node)) stack.push({ node: input.node, entered: false });
		}
	}
	return sorted;
}
