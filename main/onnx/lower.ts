import type { Provider } from "./providers.ts";
import type { Attribute, Dim, Node, Value } from "./value.ts";

/** A node as ONNX has it. */
export interface LoweredNode {
	readonly name: string;
	readonly domain?: string;
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	readonly attributes: Readonly<Record<string, Attribute>>;
}

/**
 * The ONNX operators for a node. Products with a transposed side have three spellings, and what a provider lacks or computes
 * badly is spelled out for it; all others are what they say.
 */
export function lower(node: Node, nameOf: (value: Value) => string, provider: Provider): readonly LoweredNode[] {
	const { operator, attributes } = node;
	const named = { inputs: node.inputs.map(nameOf), outputs: node.outputs.map(nameOf) };
	// Kernels of these two have been measured: they know the fused product and subtract the largest.
	const isRich = provider === "cpu" || provider === "cuda";
	switch (operator.name) {
		case "ReduceSum":
			return [{ ...named, name: operator.name, attributes: { keepdims: attributes["keepdims"] as number } }];
		case "ReduceLogSumExp": {
			const keepdims = attributes["keepdims"] as number;
			return isRich ? [{ ...named, name: operator.name, attributes: { keepdims } }] : spellLogSumExp(named, keepdims);
		}
		case "TopK": {
			const { k: _, ...rest } = attributes;
			return [{ ...named, name: operator.name, attributes: rest }];
		}
		case "MatMul":
			return lowerProduct(node, named, isRich);
		default:
			return [{ ...named, name: operator.name, attributes }];
	}
}

type Named = Pick<LoweredNode, "inputs" | "outputs">;

function lowerProduct(node: Node, named: Named, isRich: boolean): readonly LoweredNode[] {
	const { attributes, inputs } = node;
	if (!attributes["transA"] && !attributes["transB"]) return [{ ...named, name: "MatMul", attributes: {} }];
	if (inputs.every(({ shape }) => shape.length === 2)) return [{ ...named, name: "Gemm", attributes }];
	if (isRich) return [{ ...named, name: "FusedMatMul", domain: "com.microsoft", attributes }];
	const [a, b] = inputs as readonly [Value, Value];
	const [columns, inner] = b.shape;
	const isFlat = b.shape.length === 2 && !attributes["transA"];
	return isFlat && typeof columns === "number" && typeof inner === "number"
		? spellFlatProduct(named, columns, inner)
		: spellTransposed(named, [a.shape, b.shape], [attributes["transA"] === 1, attributes["transB"] === 1]);
}

/**
 * `log Σ exp(x)` as `m + log Σ exp(x − m)` with `m` the largest. WebGPU's kernel leaves `m` out: logits below −104 and positions
 * that see nothing become `log 0`, and logits above 88 no number at all.
 */
function spellLogSumExp({ inputs, outputs }: Named, keepdims: number): readonly LoweredNode[] {
	const [x, axes] = inputs as readonly [string, string];
	const [out] = outputs as readonly [string];
	const step = (name: string, from: readonly string[], to: string, attributes: LoweredNode["attributes"] = {}) => ({
		...{ name, inputs: from, outputs: [to], attributes },
	});
	return [
		step("ReduceMax", [x, axes], `${out}:most`, { keepdims: 1 }),
		step("Sub", [x, `${out}:most`], `${out}:below`),
		step("Exp", [`${out}:below`], `${out}:shares`),
		step("ReduceSum", [`${out}:shares`, axes], `${out}:sum`, { keepdims }),
		step("Log", [`${out}:sum`], `${out}:log`),
		...(keepdims ? [] : [step("Squeeze", [`${out}:most`, axes], `${out}:flat`)]),
		step("Add", [`${out}:log`, keepdims ? `${out}:most` : `${out}:flat`], out),
	];
}

/** `a […, inner] · b [columns, inner]ᵀ` as one product of matrices, so that weights need no transposed copy. */
function spellFlatProduct({ inputs, outputs }: Named, columns: number, inner: number): readonly LoweredNode[] {
	const [a, b] = inputs as readonly [string, string];
	const [out] = outputs as readonly [string];
	const numbers = (to: string, ...value_ints: readonly number[]) => ({
		...{ name: "Constant", inputs: [], outputs: [to], attributes: { value_ints } },
	});
	return [
		numbers(`${out}:flat`, -1, inner),
		{ name: "Reshape", inputs: [a, `${out}:flat`], outputs: [`${out}:rows`], attributes: {} },
		{ name: "Gemm", inputs: [`${out}:rows`, b], outputs: [`${out}:product`], attributes: { transB: 1 } },
		{ name: "Shape", inputs: [a], outputs: [`${out}:leading`], attributes: { end: -1 } },
		numbers(`${out}:columns`, columns),
		{
			...{ name: "Concat", inputs: [`${out}:leading`, `${out}:columns`], outputs: [`${out}:shape`] },
			attributes: { axis: 0 },
		},
		{ name: "Reshape", inputs: [`${out}:product`, `${out}:shape`], outputs, attributes: {} },
	];
}

function spellTransposed(
	{ inputs, outputs }: Named,
	shapes: readonly (readonly Dim[])[],
	isTransposed: readonly boolean[],
): readonly LoweredNode[] {
	const [out] = outputs as readonly [string];
	const turned = inputs.map((input, i) => (isTransposed[i] ? `${out}:turned${i}` : input));
	const turns = inputs.flatMap((input, i): LoweredNode[] => {
		const rank = (shapes[i] as readonly Dim[]).length;
		const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
		return isTransposed[i]
			? [{ name: "Transpose", inputs: [input], outputs: [turned[i] as string], attributes: { perm } }]
			: [];
	});
	return [...turns, { name: "MatMul", inputs: turned, outputs, attributes: {} }];
}
