import { assert } from "#shared/errors";
import { type Shape, sortNodes, type Value } from "./value.ts";

/**
 * Checks a finished graph before it is handed to ONNX Runtime: every node's types follow from its inputs by its shape
 * rule, inputs have one type a name, weights have as many bytes as their shape needs.
 * Throws a broken invariant that names the operator.
 */
export function assertLegal(outputs: Readonly<Record<string, Value>>): void {
	const inputs = new Map<string, string>();
	const bytesPerNumber = { float32: 4, int64: 8, bool: 1, float16: 2, bfloat16: 2, float64: 8 } as const;
	for (const node of sortNodes(Object.values(outputs))) {
		const where = `${node.operator.name}(${node.inputs.map(({ shape }) => `[${shape}]`).join(", ")})`;
		for (const value of node.outputs)
			for (const dim of value.shape)
				assert(typeof dim === "string" ? dim !== "" : Number.isInteger(dim) && dim >= 0, `${where}: size ${dim}`);
		const value = node.outputs[0] as Value;
		if (node.source?.kind === "input") {
			const type = `${value.dtype} [${value.shape}]`;
			assert(
				(inputs.get(node.source.name) ?? type) === type,
				`input ${node.source.name} is ${type} and something else`,
			);
			inputs.set(node.source.name, type);
		} else if (node.source) {
			const bytes = node.source.kind === "weight" ? node.source.bytes : node.source.data.byteLength;
			const count = value.shape.reduce<number>((product, dim) => product * Number(dim), 1);
			assert(bytes === count * bytesPerNumber[value.dtype], `${bytes} bytes for ${value.dtype} [${value.shape}]`);
		} else {
			const types = node.operator.infer(node.inputs, node.attributes);
			for (const [index, type] of types.entries()) {
				const made = node.outputs[index];
				assert(
					made && made.dtype === type.dtype && sameShape(made.shape, type.shape),
					`${where} makes [${made?.shape}]`,
				);
			}
		}
	}
}

function sameShape(a: Shape, b: Shape): boolean {
	return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
