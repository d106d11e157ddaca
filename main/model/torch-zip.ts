import { AppError } from "#shared/errors";
import { openCursor } from "./byte-cursor.ts";
import { readExactly } from "./file-reading.ts";
import { readPickle } from "./pickle.ts";
import type { PlaceStorage } from "./torch-value.ts";
import { buildTorchWorld } from "./torch-world.ts";
import { listZipEntries, locateEntry, type ZipEntry } from "./zip-entries.ts";

interface OpenTorchFile {
	readonly descriptor: number;
	readonly path: string;
	readonly size: number;
}

/** The layout since torch 1.6: a zip archive of `NAME/data.pkl`, `NAME/byteorder` and one `NAME/data/KEY` a storage. */
export function readZipTorch(file: OpenTorchFile) {
	const { descriptor, path } = file;
	const entries = listZipEntries(file);
	const names = [...entries.keys()];
	const pickle = names.find((name) => /^[^/]+\/data\.pkl$/.test(name)) ?? names.find((name) => name === "data.pkl");
	if (pickle === undefined) throw new AppError("bad-file", `${path} ${describeOtherArchive(names)}`, { path });
	const prefix = pickle.slice(0, -"data.pkl".length);
	if (entries.has(`${prefix}constants.pkl`) || names.some((name) => name.startsWith(`${prefix}code/`)))
		throw new AppError(
			"unsupported",
			`${path} is a TorchScript archive, a program with its weights. In Python, save the weights alone: torch.save(torch.jit.load(file).state_dict(), file).`,
			{ path },
		);
	const locate = (name: string) => {
		const entry = entries.get(name);
		if (!entry)
			throw new AppError("bad-file", `${path} lacks ${name}, where numbers should lie. Download it again.`, { path });
		return { offset: locateStored(file, entry), bytes: entry.bytes };
	};
	if (entries.has(`${prefix}byteorder`)) {
		const { offset, bytes } = locate(`${prefix}byteorder`);
		const order = Buffer.from(readExactly(descriptor, offset, new Uint8Array(Math.min(bytes, 16)), path)).toString();
		if (order !== "little")
			throw new AppError(
				"unsupported",
				`${path} was saved with the byte order "${order}". Save it again in Python on a little-endian machine (any of today's PCs).`,
				{ path },
			);
	}
	const { offset, bytes } = locate(pickle);
	const cursor = openCursor({ descriptor, path, name: "its description" }, offset, offset + bytes);
	const value = readPickle(cursor, path, buildTorchWorld(path));
	const places = new Map<string, { offset: number; bytes: number }>();
	const place: PlaceStorage = ({ key }) => {
		const found = places.get(key) ?? locate(`${prefix}data/${key}`);
		places.set(key, found);
		return found;
	};
	return { value, place };
}

function locateStored(file: OpenTorchFile, entry: ZipEntry): number {
	if (entry.stored) return locateEntry(file, entry);
	throw new AppError(
		"unsupported",
		`${file.path} has been packed again: ${entry.name} is compressed or encrypted, and torch stores it as it is. Unpack it and save it with torch.save, or download the original.`,
		{ path: file.path },
	);
}

function describeOtherArchive(names: readonly string[]): string {
	if (names.some((name) => name.endsWith(".npy")))
		return "is an archive of NumPy arrays (.npz), not a torch file. Save the arrays as safetensors (safetensors.numpy.save_file).";
	return `is a zip archive, but not of torch (it holds ${names.slice(0, 3).join(", ") || "nothing"}). Unpack it, or choose the file of weights itself.`;
}
