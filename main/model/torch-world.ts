import { AppError } from "#shared/errors";
import type { Pickled, PickleWorld } from "./pickle.ts";
import { describeSpecialTensor, findTorchName, type TorchName } from "./torch-names.ts";

/** One of the names that a file of tensors may refer to. */
export class TorchReference {
	readonly torch: TorchName;
	constructor(torch: TorchName) {
		this.torch = torch;
	}
}

/** A stretch of numbers that tensors look at. */
export class Storage {
	readonly key: string;
	/** Undefined for plain bytes. */
	readonly dtype: string | undefined;
	/** Of its first number, in the storage that is written (torch before 0.4 could store parts of others). */
	readonly start: number;
	constructor(key: string, dtype: string | undefined, start: number) {
		this.key = key;
		this.dtype = dtype;
		this.start = start;
	}
}

/** A tensor before its file is known: sizes, steps and first number, in numbers of its type. */
export class TensorView {
	readonly storage: Storage;
	readonly dtype: string | undefined;
	readonly dtypeName: string;
	readonly start: number;
	readonly shape: readonly number[];
	readonly strides: readonly number[];
	constructor(
		storage: Storage,
		type: { readonly dtype: string | undefined; readonly name: string },
		start: number,
		{ shape, strides }: { readonly shape: readonly number[]; readonly strides: readonly number[] },
	) {
		this.storage = storage;
		this.dtype = type.dtype;
		this.dtypeName = type.name;
		this.start = start;
		this.shape = shape;
		this.strides = strides;
	}
}

/** The names, calls and storages of torch that tensors need, and nothing else. `storages` collects what was referred to. */
export function buildTorchWorld(path: string, storages: Map<string, Storage> = new Map()): PickleWorld {
	const unsound = (what: string) =>
		new AppError("bad-file", `${path} is not a sound torch file: ${what}. Download it again.`, { path });
	const refuse = (message: string, data: object) =>
		new AppError("unsupported", `${path} ${message}`, { path, ...data });

	const counts = (value: Pickled | undefined, what: string): readonly number[] => {
		if (!Array.isArray(value) || value.length > 64 || !value.every(isCount)) throw unsound(`a tensor's ${what}`);
		return value as readonly number[];
	};
	const readView = (values: readonly Pickled[], type?: Pickled): TensorView => {
		const [storage, start] = values;
		if (!(storage instanceof Storage) || !isCount(start)) throw unsound("a tensor without a storage");
		const [shape, strides] = [counts(values[2], "shape"), counts(values[3], "steps")];
		if (shape.length !== strides.length) throw unsound(`a tensor [${shape}] in steps of [${strides}]`);
		if (type instanceof TorchReference && type.torch.kind === "dtype")
			return new TensorView(storage, type.torch, start, { shape, strides });
		if (storage.dtype === undefined || type !== undefined) throw unsound("a tensor without a type");
		return new TensorView(storage, { dtype: storage.dtype, name: storage.dtype }, start + storage.start, {
			shape,
			strides,
		});
	};
	const tensorOf = (value: Pickled | undefined): TensorView => {
		if (!(value instanceof TensorView)) throw unsound("a parameter without a tensor");
		return value;
	};
	/** Torch's own note on a tensor, such as that its numbers are to be negated. */
	const checkNote = (note: Pickled | undefined) => {
		if (note instanceof Map && note.size > 0)
			throw refuse(
				`has a tensor that is ${[...note.keys()].join(", ")} when read. Save it with tensor.resolve_neg().`,
				{},
			);
	};

	const calls: Readonly<Record<string, (values: readonly Pickled[]) => Pickled>> = {
		"collections.OrderedDict": ([pairs]) => readPairs(pairs, unsound),
		"torch.Size": ([sizes]) => [...counts(sizes ?? [], "size")],
		"torch.device": (values) => values.filter((value) => typeof value !== "object").join(":"),
		"torch._utils._rebuild_tensor": (values) => readView(values),
		"torch._utils._rebuild_tensor_v2": (values) => {
			checkNote(values[6]);
			return readView(values);
		},
		"torch._utils._rebuild_tensor_v3": (values) => {
			checkNote(values[7]);
			return readView(values, values[6] ?? null);
		},
		"torch._utils._rebuild_parameter": ([tensor]) => tensorOf(tensor),
		"torch._utils._rebuild_parameter_with_state": ([tensor]) => tensorOf(tensor),
	};

	return {
		resolve(name) {
			const torch = findTorchName(name);
			if (torch) return new TorchReference(torch);
			// A name from a stranger's file goes to people's terminals.
			const reference = name.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
			const special = describeSpecialTensor(reference);
			if (special !== undefined) throw refuse(`holds ${special} in Python.`, { reference });
			throw refuse(
				`refers to ${reference}; this program reads tensors only and never runs code. If you trust the file, load it in Python and save its tensors alone (a state dict).`,
				{ reference },
			);
		},
		call(callee, values) {
			const act = callee instanceof TorchReference ? calls[callee.torch.name] : undefined;
			if (!act) throw unsound("it calls something that is no function");
			return act(values);
		},
		lookUp(id) {
			const [word, type, key, location, , view] = Array.isArray(id) ? id : [];
			if (word !== "storage" || !(type instanceof TorchReference) || type.torch.kind !== "storage-type")
				throw unsound("it refers to something outside that is no storage");
			if (location === "meta") throw refuse(`holds ${describeSpecialTensor("torch._utils._rebuild_meta")}.`, {});
			if (typeof key !== "string" && typeof key !== "number") throw unsound("a storage without a name");
			const start = Array.isArray(view) ? view[1] : 0;
			if (!isCount(start)) throw unsound("a part of a storage without a beginning");
			const storage = new Storage(String(key), type.torch.dtype, start);
			storages.set(storage.key, storage);
			return storage;
		},
	};
}

function isCount(value: Pickled | undefined): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readPairs(pairs: Pickled | undefined, unsound: (what: string) => AppError): Map<string | number, Pickled> {
	const dictionary = new Map<string | number, Pickled>();
	if (pairs === undefined) return dictionary;
	for (const pair of Array.isArray(pairs) ? pairs : [null]) {
		const [key, value] = Array.isArray(pair) && pair.length === 2 ? pair : [];
		if ((typeof key !== "string" && typeof key !== "number") || value === undefined)
			throw unsound("a dictionary's entry without a key");
		dictionary.set(key, value);
	}
	return dictionary;
}
