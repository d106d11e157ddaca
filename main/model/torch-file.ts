import { closeSync, fstatSync } from "node:fs";
import { AppError } from "#shared/errors";
import { FileMemory } from "./file-memory.ts";
import { openFile, readExactly } from "./file-reading.ts";
import { describeNoTorchFile } from "./no-torch-file.ts";
import type { StoredTensor } from "./safetensors.ts";
import { readLegacyTorch } from "./torch-legacy.ts";
import { describeValue, type TorchDictionary, type TorchValue } from "./torch-value.ts";
import { readZipTorch } from "./torch-zip.ts";

/** What `torch.save` wrote: its value, with every tensor as a place in the file. */
export interface TorchFile {
	readonly path: string;
	readonly bytes: number;
	readonly value: TorchValue;
	/** The state dict: that of the value itself, or of its `state_dict`, `model_state_dict` or `model`. May be empty. */
	readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Opens a file that `torch.save` wrote, in the layout of torch 1.6 and later (a zip archive) or the one before. No
 * number is read and no code runs: of Python's pickle only what tensors in dictionaries and lists need is understood,
 * and everything else is refused by its name. Throws `not-found`, `bad-file` or `unsupported`.
 */
export function loadTorchFile(path: string): TorchFile {
	return remembered.recall(path, () => readTorchFile(path));
}

/** Whoever looks for dictionaries asks of one file several times what it is. */
const remembered = new FileMemory<TorchFile>(64);

function readTorchFile(path: string): TorchFile {
	const descriptor = openFile(path);
	try {
		const size = fstatSync(descriptor).size;
		const file = { descriptor, path, size };
		const head = Buffer.from(readExactly(descriptor, 0, new Uint8Array(Math.min(size, 512)), path));
		const foreign = describeNoTorchFile(head);
		if (foreign) throw new AppError("bad-file", `${path} ${foreign}`, { path });
		const read = head.readUInt32BE(0) === 0x504b0304 ? readZipTorch(file) : readLegacyTorch(file);
		const value = describeValue(read.value, path, read.place);
		return { path, bytes: size, value, tensors: findStateDict(value) };
	} finally {
		closeSync(descriptor);
	}
}

function findStateDict(value: TorchValue): ReadonlyMap<string, StoredTensor> {
	if (!isDictionary(value)) return new Map();
	for (const candidate of [value, value["state_dict"], value["model_state_dict"], value["model"]]) {
		if (candidate === undefined || !isDictionary(candidate)) continue;
		const tensors = Object.entries(candidate).flatMap(([name, item]) =>
			isTensor(item) ? [[name, { ...item, name }] as const] : [],
		);
		if (tensors.length > 0) return new Map(tensors);
	}
	return new Map();
}

/** Dictionaries have no prototype, so that no key of theirs can stand for anything else. */
export function isDictionary(value: TorchValue): value is TorchDictionary {
	return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}

export function isTensor(value: TorchValue | undefined): value is StoredTensor {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !isDictionary(value);
}
