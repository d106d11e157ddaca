import { AppError, assert } from "#shared/errors";
import { toFloat } from "../onnx/elementwise.ts";
import { transpose } from "../onnx/shaping.ts";
import { weight } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { LanguageModel } from "./language-model.ts";
import type { StoredTensor } from "./safetensors.ts";

/** A stored tensor as a float32 value of a graph; ONNX Runtime maps it from its file. */
export function mapTensor({ name, path, offset, bytes, dtype, shape, transposed }: StoredTensor): Value {
	const type = graphTypes.get(dtype);
	if (!type)
		throw new AppError("unsupported", `${name} in ${path} is stored as ${dtype}. Convert it to F32, F16 or BF16.`, {
			path,
		});
	const map = (lies: readonly number[]) => toFloat(weight({ path, offset, bytes, dtype: type, shape: lies }));
	return transposed ? transpose(map(shape.toReversed()), [1, 0]) : map(shape);
}

const graphTypes: ReadonlyMap<string, Parameters<typeof weight>[0]["dtype"]> = new Map([
	["F32", "float32"],
	["F16", "float16"],
	["BF16", "bfloat16"],
	["F64", "float64"],
]);

/** The model's parameters as values, each made once. */
export function mapParameters({ tensors }: LanguageModel): (name: string) => Value {
	const made = new Map<string, Value>();
	return (name) => {
		const known = made.get(name);
		if (known) return known;
		const tensor = tensors.get(name);
		assert(tensor, `the model has no parameter ${name}`);
		const value = mapTensor(tensor);
		made.set(name, value);
		return value;
	};
}
