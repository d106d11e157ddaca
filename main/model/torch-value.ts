import { AppError } from "#shared/errors";
import type { Pickled } from "./pickle.ts";
import type { StoredTensor } from "./safetensors.ts";
import { dtypeBytes } from "./torch-names.ts";
import { type Storage, TensorView, TorchReference } from "./torch-world.ts";

/** A plain value of a torch file. Numbers beyond 2^53 are `bigint`, a dtype is its name (`torch.float16`). */
export type TorchValue =
	| null
	| boolean
	| number
	| bigint
	| string
	| readonly TorchValue[]
	| TorchDictionary
	| StoredTensor;

export interface TorchDictionary {
	readonly [key: string]: TorchValue;
}

/** Where a storage's bytes lie in the file. Throws `bad-file` where there are none. */
export type PlaceStorage = (storage: Storage) => { readonly offset: number; readonly bytes: number };

const limits = { depth: 100, values: 3_000_000 };

/**
 * What a pickle made, as plain values whose tensors point into the file. One value that lies in many places is counted
 * in each, so that neither a circle nor a doubling of doublings can run away.
 */
export function describeValue(pickled: Pickled, path: string, place: PlaceStorage): TorchValue {
	let count = 0;
	const describe = (value: Pickled, name: string, depth: number): TorchValue => {
		if (++count > limits.values || depth > limits.depth)
			throw new AppError(
				"unsupported",
				`${path} is nested too deeply or too often for a file of tensors. Save its tensors alone (a state dict).`,
				{ path },
			);
		if (Array.isArray(value)) return value.map((item, index) => describe(item, join(name, index), depth + 1));
		if (value instanceof Map) {
			const dictionary: Record<string, TorchValue> = Object.create(null);
			for (const [key, item] of value) dictionary[key] = describe(item, join(name, key), depth + 1);
			return dictionary;
		}
		if (value instanceof TensorView) return placeTensor(value, name, path, place);
		if (value instanceof TorchReference) return value.torch.name;
		if (typeof value === "object" && value !== null)
			throw new AppError("unsupported", `${path} holds a bare storage at ${name}. Save the tensor itself.`, { path });
		return value;
	};
	return describe(pickled, "", 0);
}

const join = (name: string, key: string | number) => (name === "" ? String(key) : `${name}.${key}`);

/** Torch lets a tensor be any stepping through its storage; here it must lie in order, or as its transpose does. */
function placeTensor(view: TensorView, name: string, path: string, place: PlaceStorage): StoredTensor {
	const { storage, dtype, shape, strides, start } = view;
	const called = name === "" ? "the tensor" : name.replace(/\p{C}/gu, "?").slice(0, 200);
	const each = dtype === undefined ? undefined : dtypeBytes[dtype];
	if (dtype === undefined || each === undefined)
		throw new AppError(
			"unsupported",
			`${called} in ${path} is stored as ${view.dtypeName}. Convert it to float32, float16 or bfloat16.`,
			{ path, name },
		);
	const unsound = (what: string) =>
		new AppError("bad-file", `${called} in ${path} ${what}. The file is damaged; download it again.`, { path, name });
	const count = shape.reduce((product, dim) => product * dim, 1);
	if (count === 0) return { path, name, dtype, shape, offset: 0, bytes: 0 };
	const transposed = readOrder(shape, strides);
	if (transposed === undefined)
		throw new AppError(
			"unsupported",
			`${called} in ${path} is a view of other numbers ([${shape}] in steps of [${strides}]). Save it with tensor.contiguous().`,
			{ path, name, shape, strides },
		);
	const { offset, bytes } = place(storage);
	if (!((start + count) * each <= bytes))
		throw unsound(`needs numbers ${start} to ${start + count} of a storage of ${Math.floor(bytes / each)}`);
	return {
		...{ path, name, dtype, shape, offset: offset + start * each, bytes: count * each },
		...(transposed && { transposed }),
	};
}

/** Whether numbers lie as the transpose of a matrix; undefined where they lie neither so nor in order. */
function readOrder(shape: readonly number[], strides: readonly number[]): boolean | undefined {
	const inOrder = (axes: readonly number[]) => {
		let step = 1;
		return axes.toReversed().every((axis) => {
			const fits = shape[axis] === 1 || strides[axis] === step;
			step *= shape[axis] as number;
			return fits;
		});
	};
	if (inOrder(shape.map((_, axis) => axis))) return false;
	return shape.length === 2 && inOrder([1, 0]) ? true : undefined;
}
