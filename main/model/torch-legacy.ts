import { AppError } from "#shared/errors";
import { openCursor } from "./byte-cursor.ts";
import { type Pickled, readPickle } from "./pickle.ts";
import { dtypeBytes } from "./torch-names.ts";
import type { PlaceStorage } from "./torch-value.ts";
import { buildTorchWorld, type Storage } from "./torch-world.ts";

const magic = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

/**
 * The layout before torch 1.6: five pickles (magic number, protocol, machine, the value, the storages' names), then
 * each storage as a count of eight bytes and its numbers.
 */
export function readLegacyTorch(file: { readonly descriptor: number; readonly path: string; readonly size: number }) {
	const { descriptor, path, size } = file;
	const storages = new Map<string, Storage>();
	const cursor = openCursor({ descriptor, path, name: "its description" }, 0, size);
	const read = () => readPickle(cursor, path, buildTorchWorld(path, storages));
	const unsound = (what: string) =>
		new AppError("bad-file", `${path} is not a sound torch file: ${what}. Download it again.`, { path });

	if (read() !== magic)
		throw new AppError(
			"unsupported",
			`${path} is a pickle that torch.save did not write. Save its tensors with torch.save or as safetensors.`,
			{ path },
		);
	const version = read();
	if (version !== protocol) throw unsound(`its protocol is ${String(version)} and not ${protocol}`);
	if (isBigEndian(read()))
		throw new AppError(
			"unsupported",
			`${path} was saved on a big-endian machine. Save it again in Python on a little-endian one (any of today's PCs).`,
			{ path },
		);
	const value = read();
	const keys = read();
	if (!Array.isArray(keys)) throw unsound("the list of its storages is missing");
	const places = new Map<string, { offset: number; bytes: number }>();
	let at = cursor.position();
	for (const key of keys) {
		const storage = storages.get(String(key));
		if (!storage || places.has(storage.key)) throw unsound("it lists a storage that no tensor uses, or twice");
		const each = storage.dtype === undefined ? 1 : (dtypeBytes[storage.dtype] as number);
		const head = openCursor({ descriptor, path, name: "its numbers" }, at, Math.min(size, at + 8));
		const bytes = Number(Buffer.from(head.take(8)).readBigUInt64LE()) * each;
		if (at + 8 + bytes > size)
			throw new AppError(
				"bad-file",
				`${path} is cut short: its numbers need ${at + 8 + bytes} bytes, and it has ${size}. Download it again.`,
				{ path },
			);
		places.set(storage.key, { offset: at + 8, bytes });
		at += 8 + bytes;
	}
	const place: PlaceStorage = ({ key }) => {
		const found = places.get(key);
		if (!found) throw unsound(`the numbers of storage ${key} are missing`);
		return found;
	};
	return { value, place };
}

function isBigEndian(machine: Pickled): boolean {
	return machine instanceof Map && machine.get("little_endian") === false;
}
