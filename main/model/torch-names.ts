/** Torch's names for numbers, in the words of safetensors. */
const dtypes: Readonly<Record<string, string>> = {
	...{ float32: "F32", float: "F32", float16: "F16", half: "F16", bfloat16: "BF16", float64: "F64", double: "F64" },
	...{ int64: "I64", long: "I64", int32: "I32", int: "I32", int16: "I16", short: "I16", int8: "I8", uint8: "U8" },
	...{ bool: "BOOL", uint16: "U16", uint32: "U32", uint64: "U64", float8_e4m3fn: "F8_E4M3", float8_e5m2: "F8_E5M2" },
};

const storages: Readonly<Record<string, string>> = {
	...{ FloatStorage: "F32", HalfStorage: "F16", BFloat16Storage: "BF16", DoubleStorage: "F64", LongStorage: "I64" },
	...{ IntStorage: "I32", ShortStorage: "I16", CharStorage: "I8", ByteStorage: "U8", BoolStorage: "BOOL" },
};

/** Bytes of one number. */
export const dtypeBytes: Readonly<Record<string, number>> = {
	...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2 },
	...{ I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
};

/** What a file may refer to. `torch.cuda.…` storages are of files that were saved from a GPU. */
export type TorchName =
	| { readonly kind: "storage-type"; readonly name: string; readonly dtype: string | undefined }
	| { readonly kind: "dtype"; readonly name: string; readonly dtype: string | undefined }
	| { readonly kind: "call"; readonly name: string };

const calls: ReadonlySet<string> = new Set([
	"collections.OrderedDict",
	"torch.Size",
	"torch.device",
	"torch._utils._rebuild_tensor",
	"torch._utils._rebuild_tensor_v2",
	"torch._utils._rebuild_tensor_v3",
	"torch._utils._rebuild_parameter",
	"torch._utils._rebuild_parameter_with_state",
]);

export function findTorchName(name: string): TorchName | undefined {
	if (calls.has(name)) return { kind: "call", name };
	const [, word] = /^torch\.(?:cuda\.)?(\w+)$/.exec(name) ?? [];
	if (word !== undefined && Object.hasOwn(storages, word))
		return { kind: "storage-type", name, dtype: storages[word] as string };
	if (word !== undefined && Object.hasOwn(dtypes, word)) return { kind: "dtype", name, dtype: dtypes[word] as string };
	if (/^torch\.(?:cuda\.)?(?:storage\.)?_?UntypedStorage$/.test(name))
		return { kind: "storage-type", name, dtype: undefined };
	if (
		/^torch\.(?:complex(?:32|64|128)|cfloat|cdouble|quint\w+|qint\w+|float8\w+|float4\w+|u?int[1-7]|bits\w+)$/.test(
			name,
		)
	)
		return { kind: "dtype", name, dtype: undefined };
	return undefined;
}

/** Kinds of tensors that are known and not read: what they are, and how they become plain. */
export function describeSpecialTensor(name: string): string | undefined {
	const [, word = ""] = /^torch\._utils\._rebuild_(\w+)$/.exec(name) ?? [];
	if (word.startsWith("sparse")) return "a sparse tensor; save it dense (tensor.to_dense())";
	if (word === "qtensor" || /^torch\.(?:cuda\.)?Q\w+Storage$/.test(name))
		return "a quantised tensor; save it as float32 (tensor.dequantize())";
	if (/^torch\.(?:cuda\.)?Complex\w+Storage$/.test(name)) return "a tensor of complex numbers; save its real numbers";
	if (word.startsWith("nested")) return "a nested tensor; save its parts one by one";
	if (word.startsWith("meta"))
		return "a tensor without numbers (on the device meta); save it after loading its weights";
	return undefined;
}
