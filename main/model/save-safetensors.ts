import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { AppError, assert } from "#shared/errors";
import { encodeHalf } from "./stored-numbers.ts";

export interface TensorToSave {
	readonly dtype: "F32" | "F16";
	readonly shape: readonly number[];
	readonly data: Float32Array;
}

/** Writes the file beside its place and moves it there when it is whole. Throws `disk-full` or `bad-file`. */
export function saveSafetensors(
	path: string,
	tensors: ReadonlyMap<string, TensorToSave>,
	metadata?: Readonly<Record<string, string>>,
): void {
	const header: Record<string, object> = metadata ? { __metadata__: metadata } : {};
	let end = 0;
	for (const [name, { dtype, shape, data }] of tensors) {
		assert(
			data.length === shape.reduce((product, dim) => product * dim, 1),
			`${name} has ${data.length} numbers for [${shape}]`,
		);
		const begin = end;
		end += data.length * (dtype === "F32" ? 4 : 2);
		header[name] = { dtype, shape, data_offsets: [begin, end] };
	}
	// Spaces align the data to eight bytes, as the reference implementation does.
	const json = Buffer.from(JSON.stringify(header));
	const text = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
	json.copy(text);
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(text.length));
	const unfinished = `${path}.${process.pid}.new`;
	try {
		const descriptor = openSync(unfinished, "w");
		try {
			writeAll(descriptor, length);
			writeAll(descriptor, text);
			for (const { dtype, data } of tensors.values()) {
				const raw = dtype === "F32" ? data : encodeHalf(data);
				writeAll(descriptor, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
			}
			fsyncSync(descriptor);
		} finally {
			closeSync(descriptor);
		}
		renameSync(unfinished, path);
	} catch (cause) {
		rmSync(unfinished, { force: true });
		const { code, message } = cause as NodeJS.ErrnoException;
		if (code === "ENOSPC" || code === "EDQUOT")
			throw new AppError(
				"disk-full",
				`${path} cannot be written because the disk is full. Free ${end} bytes and try again.`,
				{ path },
			);
		throw new AppError("bad-file", `${path} cannot be written (${message}). Choose another folder.`, { path });
	}
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
	for (let done = 0; done < bytes.length; )
		done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 2 ** 30));
}
