import { closeSync, readSync, statSync } from "node:fs";
import { AppError } from "#shared/errors";
import { openFile } from "./file-reading.ts";

export interface CorpusFormat {
	readonly kind: "text" | "json-lines" | "parquet" | "arrow";
	readonly packed?: "gzip" | "zstd";
}

const packings: readonly (readonly [NonNullable<CorpusFormat["packed"]>, string, RegExp])[] = [
	["gzip", "\x1f\x8b", /\.gz$/i],
	["zstd", "\x28\xb5\x2f\xfd", /\.zst$/i],
];

/** Files that are no text, by how they begin, and how text comes out of them. */
const others: readonly (readonly [RegExp, string])[] = [
	[
		/^PK\x03\x04.{26}[^\x00-\x1f]*\.npy/s,
		"an archive of NumPy arrays (.npz), which holds no text. Give the texts that it was made of",
	],
	[/^PK\x03\x04.{26}(?:\[Content_Types\]|word\/|xl\/)/s, "an Office document. Save it as plain text (.txt)"],
	[/^PK\x03\x04/, "a zip archive. Unpack it and give the folder, or the file, that it holds"],
	[/^\x93NUMPY/, "a NumPy array (.npy), which holds no text. Give the texts that it was made of"],
	[/^BZh/, "compressed with bzip2. Unpack it first (bunzip2)"],
	[/^\xfd7zXZ/, "compressed with xz. Unpack it first (unxz)"],
	[/^7z\xbc\xaf|^Rar!/, "a packed archive. Unpack it and give the folder, or the file, that it holds"],
	[/^%PDF/, "a PDF document. Save its text as .txt (pdftotext)"],
	[/^FEA1/, "a Feather file of the first version. Write it as Parquet (in Python: pandas.read_feather, to_parquet)"],
	[/^\x89HDF/, "an HDF5 file. Write its texts as JSONL or Parquet"],
	[/^SQLite format 3/, "an SQLite database. Write its texts as JSONL or Parquet"],
	[/^ORC/, "an ORC file. Write it as Parquet"],
	[/^Obj\x01/, "an Avro file. Write it as Parquet or JSONL"],
	[/^\x80[\x02-\x05][c}\](\x8a\x95]/, "a Python pickle, which this program does not run. Write its texts as JSONL"],
	[/^\xff\xfe\0\0|^\0\0\xfe\xff/, "text in UTF-32. Save it as UTF-8"],
	[/^\{\\rtf/, "a rich text document (RTF). Save it as plain text (.txt)"],
];

/** What a corpus file is, by its first bytes and its name. Throws `unsupported` for what holds no text, by name. */
export function readCorpusFormat(path: string): CorpusFormat {
	// What comes through a pipe can be looked at only once.
	if (!statSync(path).isFile()) return { kind: isJsonLines(path) ? "json-lines" : "text" };
	const head = readHead(path);
	const letters = head.toString("latin1");
	const packing = packings.find(([, beginning]) => letters.startsWith(beginning));
	const name = packing ? path.replace(packing[2], "") : path;
	const refuse = (what: string) => new AppError("unsupported", `The corpus ${path} is ${what}.`, { path });
	if (packing) {
		if (/\.(parquet|arrow|tar)$|\.tgz$/i.test(name)) throw refuse(`compressed with ${packing[0]}. Unpack it first`);
		return { kind: isJsonLines(name) ? "json-lines" : "text", packed: packing[0] };
	}
	if (letters.startsWith("PAR1") || /\.parquet$/i.test(name)) return { kind: "parquet" };
	if (letters.startsWith("ARROW1") || letters.startsWith("\xff\xff\xff\xff") || /\.arrow$/i.test(name))
		return { kind: "arrow" };
	const other = others.find(([beginning]) => beginning.test(letters));
	if (other) throw refuse(other[1]);
	const zeros = head.filter((byte) => byte === 0).length;
	if (!/^(?:\xff\xfe|\xfe\xff)/.test(letters) && zeros > head.length / 5)
		throw refuse("no text: a good part of its bytes are zero. If it is UTF-16 without its mark, save it as UTF-8");
	return { kind: isJsonLines(name) ? "json-lines" : "text" };
}

const isJsonLines = (name: string) => /\.(jsonl|ndjson|json)$/i.test(name);

/** Which files of a folder are read; `datasets` lays notes of its own beside its data. */
export function isCorpusFile(name: string): boolean {
	return (
		/\.(?:(?:txt|jsonl|ndjson|json)(?:\.gz|\.zst)?|parquet|arrow)$/i.test(name) &&
		!/^(?:dataset_info|state|dataset_dict)\.json$/.test(name)
	);
}

function readHead(path: string): Buffer {
	const descriptor = openFile(path);
	try {
		const head = Buffer.alloc(4096);
		return head.subarray(0, readSync(descriptor, head, 0, head.length, 0));
	} finally {
		closeSync(descriptor);
	}
}
