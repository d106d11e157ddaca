import { assert } from "#shared/errors";
import { buildValue, type DataType, type Operator, type Shape, type Source, type Value } from "./value.ts";

/** Values that come from outside the graph: feeds, numbers written into it, weights that stay in their file. */
const sourceOperator: Operator = {
	name: "Source",
	infer() {
		throw new Error("Broken invariant: sources carry their type");
	},
};

function buildSource(source: Source, dtype: DataType, shape: Shape): Value {
	return buildValue(sourceOperator, [], {}, source, [{ dtype, shape }]);
}

export function input(name: string, shape: Shape, dtype: DataType = "float32"): Value {
	return buildSource({ kind: "input", name }, dtype, shape);
}

export function constant(data: readonly number[] | Float32Array, shape: readonly number[] = [data.length]): Value {
	assert(data.length === shape.reduce((a, b) => a * b, 1), `${data.length} numbers for shape [${shape}]`);
	return buildSource({ kind: "constant", data: Float32Array.from(data) }, "float32", shape);
}

export function scalar(number: number): Value {
	return constant([number], []);
}

export function integers(data: readonly number[], shape: readonly number[] = [data.length]): Value {
	return buildSource({ kind: "constant", data: BigInt64Array.from(data, BigInt) }, "int64", shape);
}

/** A tensor that ONNX Runtime reads (maps) from `path` itself; its bytes never pass through JavaScript. */
export function weight(stored: {
	readonly path: string;
	readonly offset: number;
	readonly bytes: number;
	readonly dtype: "float32" | "float16" | "bfloat16" | "float64";
	readonly shape: readonly number[];
}): Value {
	const { path, offset, bytes } = stored;
	return buildSource({ kind: "weight", path, offset, bytes }, stored.dtype, stored.shape);
}
