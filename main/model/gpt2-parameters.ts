import { AppError, assert } from "#shared/errors";
import { toFloat } from "../onnx/elementwise.ts";
import { transpose } from "../onnx/shaping.ts";
import { weight } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { LanguageModel } from "./language-model.ts";
import type { StoredTensor } from "./safetensors.ts";

/** A stored tensor as a float32 value of a graph; ONNX Runtime maps it from its file. */
export function mapTensor(tensor: StoredTensor): Value {
	const { shape, transposed } = tensor;
	if (!transposed) return toFloat(mapStored(tensor));
	return transpose(toFloat(mapStored({ ...tensor, shape: shape.toReversed() })), [1, 0]);
}

/** The same in the type and the order in which it is stored. */
export function mapStored({ name, path, offset, bytes, dtype, shape }: StoredTensor): Value {
	const type = graphTypes.get(dtype);
	if (!type)
		throw new AppError("unsupported", `${name} in ${path} is stored as ${dtype}. Convert it to F32, F16 or BF16.`, {
			path,
		});
	return weight({ path, offset, bytes, dtype: type, shape });
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
