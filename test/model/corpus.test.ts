import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { parquetWriteFile } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { describeNotes, readDocuments, readSequences, startNotes } from "../../main/model/corpus.ts";
import { storedZip } from "./stored-zip.ts";

const root = mkdtempSync(join(tmpdir(), "scd-corpus-"));
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
	const path = join(root, name);
	writeFileSync(path, content);
	return path;
}

async function listAll<T>(items: AsyncIterable<T>): Promise<T[]> {
	const list: T[] = [];
	for await (const item of items) list.push(item);
	return list;
}

async function read(path: string, column?: string) {
	const notes = startNotes();
	return { documents: await listAll(readDocuments(path, notes, column)), notes };
}

test("text is parted at blank lines, whatever the line ends", async () => {
	const { documents, notes } = await read(write("a.txt", "\uFEFFone\r\ntwo\r\n\r\n \r\nthree\n\n\nfour"));
	expect(documents).toEqual(["one\ntwo", "three", "four"]);
	expect(notes).toEqual({ empty: 0, long: 0 });
});

test("the first byte that is not UTF-8 is named, and nothing is read as another text", async () => {
	const latin1 = Buffer.from("\uFEFFgood\r\n\r\n", "utf8");
	const path = write("bad.txt", Buffer.concat([latin1, Buffer.from("caf\xe9 au lait", "latin1")]));
	await expect(read(path)).rejects.toMatchObject({
		code: "bad-file",
		message: expect.stringMatching(
			/bad\.txt is not UTF-8: byte 4 of line 3 \(offset 14 of the file\) is 0xE9, .*iconv -f WINDOWS-1252 -t UTF-8/,
		),
		data: { path, line: 3, byte: 4, offset: 14 },
	});
	// Beyond the first piece that is read, cut in the middle of a character, a surrogate, too long a form.
	for (const [wrong, byte] of [
		["\xff", 200_004],
		["\xe2\x82", 200_004],
		["\xed\xa0\x80", 200_004],
		["\xc0\xaf", 200_004],
		["\xf5\x80\x80\x80", 200_004],
	] as const) {
		const line = Buffer.concat([Buffer.from("é"), Buffer.alloc(200_000, 97), Buffer.from(`é${wrong}`, "latin1")]);
		const sound = Buffer.concat([line.subarray(0, 200_002), Buffer.from("a"), Buffer.from(wrong, "latin1")]);
		await expect(read(write("bad.jsonl", Buffer.concat([Buffer.from('{"text":"x"}\n'), sound])))).rejects.toMatchObject(
			{
				data: { line: 2, byte, offset: 13 + byte - 1 },
			},
		);
	}
	const replacement = await read(write("good.txt", "also \ufffd good \0"));
	expect(replacement.documents).toEqual(["also \ufffd good \0"]);
});

const utf16 = (text: string, order: "le" | "be") => {
	const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
	return order === "le" ? bytes : bytes.swap16();
};

test.each(["le", "be"] as const)("UTF-16 (%s) is read by its mark", async (order) => {
	const text = "caf\u00e9 \ud83d\ude00\r\n\r\n\u4e2d\u570a\n\u0a0a\u0d0d";
	expect((await read(write("utf16.txt", utf16(text, order)))).documents).toEqual([
		"caf\u00e9 \ud83d\ude00",
		"\u4e2d\u570a\n\u0a0a\u0d0d",
	]);
	const long = "\ud83d\ude00 word ".repeat(30_000);
	expect((await read(write("utf16.txt", utf16(long, order)))).documents).toEqual([long]);
	expect((await read(write("utf16.jsonl", utf16('{"text":"\u4e2d"}\r\n', order)))).documents).toEqual(["\u4e2d"]);
	const cut = utf16(text, order);
	await expect(read(write("utf16.txt", cut.subarray(0, -1)))).rejects.toThrow(/holds half a character/);
	expect((await read(write("utf16.txt", utf16("", order)))).documents).toEqual([]);
});

test("a file of one or two bytes is read", async () => {
	expect((await read(write("one.txt", "a"))).documents).toEqual(["a"]);
	expect((await read(write("two.txt", "é"))).documents).toEqual(["é"]);
	expect((await read(write("none.txt", ""))).documents).toEqual([]);
	expect((await read(write("mark.txt", "\uFEFF"))).documents).toEqual([]);
});

test("packed text and JSON lines are unpacked on the way; a file that is cut short is refused", async () => {
	const lines = Buffer.from('{"text":"one"}\n{"text":"two"}\n');
	expect((await read(write("a.jsonl.gz", gzipSync(lines)))).documents).toEqual(["one", "two"]);
	expect((await read(write("a.jsonl.zst", zstdCompressSync(lines)))).documents).toEqual(["one", "two"]);
	expect((await read(write("a.txt.gz", gzipSync(utf16("one\r\n\r\ntwo", "le"))))).documents).toEqual(["one", "two"]);
	const random = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 251).join(" "));
	for (const packed of [gzipSync(random), zstdCompressSync(random)])
		await expect(read(write("cut.txt.gz", packed.subarray(0, packed.length / 2)))).rejects.toThrow(
			/cut\.txt\.gz cannot be unpacked \(.*\): it is cut short or damaged\. Download it again/,
		);
	// Whoever stops early leaves no stream open.
	for await (const document of readDocuments(write("big.txt.gz", gzipSync("word\n\n".repeat(1e6))), startNotes())) {
		expect(document).toBe("word");
		break;
	}
});

test.each([
	[
		"NumPy's .npz",
		storedZip({ "w.npy": Buffer.from("") }),
		/an archive of NumPy arrays \(\.npz\), which holds no text/,
	],
	["a zip archive", storedZip({ "a.txt": Buffer.from("") }), /is a zip archive\. Unpack it/],
	["a Word document", storedZip({ "[Content_Types].xml": Buffer.from("") }), /is an Office document/],
	["a NumPy array", "\x93NUMPY\x01\0", /a NumPy array/],
	["a PDF", "%PDF-1.7\n", /is a PDF document\. Save its text as \.txt/],
	["bzip2", "BZh91AY", /compressed with bzip2\. Unpack it first \(bunzip2\)/],
	["xz", "\xfd7zXZ\0", /compressed with xz/],
	["Feather of the first version", "FEA1", /a Feather file of the first version\. Write it as Parquet/],
	["a pickle", "\x80\x04\x95\0", /a Python pickle, which this program does not run/],
	["UTF-32", "\xff\xfe\0\0a\0\0\0", /text in UTF-32/],
	["UTF-16 without its mark", "a\0b\0c\0d\0", /a good part of its bytes are zero\. If it is UTF-16 without its mark/],
])("%s is refused by name", async (_, content, message) => {
	const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
	await expect(read(write("odd.txt", bytes))).rejects.toMatchObject({
		code: "unsupported",
		message: expect.stringMatching(message),
	});
});

test("a packed Parquet file is to be unpacked first", async () => {
	await expect(read(write("a.parquet.gz", gzipSync("PAR1")))).rejects.toThrow(
		/is compressed with gzip\. Unpack it first/,
	);
});

// Written by pyarrow 25; two rows a batch, one of them without a text and one empty.
test.each([
	["stream", "the stream format, as datasets keeps its cache"],
	["file", "the file format"],
	["large", "texts with wide offsets"],
	["dict", "texts by number"],
	["view", "texts as views"],
	["old", "the format before Arrow 0.15"],
])("Arrow (%s) gives its column: %s", async (name) => {
	const path = join(import.meta.dirname, `../fixtures/corpora/${name}.arrow`);
	const { documents, notes } = await read(path);
	expect(documents).toEqual(["first é", "the 😀 one", "x".repeat(50)]);
	expect(notes.empty).toBe(2);
	await expect(read(path, "body")).rejects.toThrow(/has no column "body"\. It has id, text;/);
	await expect(read(path, "id")).rejects.toThrow(/"id" of .* holds no text/);
	const bytes = readFileSync(path);
	for (const length of [5, 11, 100, bytes.length >> 1])
		await expect(read(write("cut.arrow", bytes.subarray(0, length)))).rejects.toThrow(/Arrow file.* Download it again/);
});

test("compressed Arrow and what only goes by its name are refused", async () => {
	await expect(read(join(import.meta.dirname, "../fixtures/corpora/lz4.arrow"))).rejects.toThrow(
		/is a compressed Arrow file\. Write it as Parquet/,
	);
	await expect(read(write("a.arrow", "hello, this is text"))).rejects.toThrow(/not a sound Arrow file/);
});

test("a line longer than what is read at once stays whole", async () => {
	const long = "word ".repeat(60_000);
	expect((await read(write("long.txt", `${long}\n\nend`))).documents.map(({ length }) => length)).toEqual([300_000, 3]);
});

test("JSON lines give their field; an empty line is left out, a wrong one is named", async () => {
	const { documents, notes } = await read(write("a.jsonl", '{"text":"x\\ny"}\n\n{"text":"  "}\n{"text":"z"}'));
	expect([documents, notes.empty]).toEqual([["x\ny", "z"], 2]);
	expect((await read(write("b.jsonl", '{"body":"b"}'), "body")).documents).toEqual(["b"]);
	await expect(read(write("c.jsonl", '{"text":"x"}\n{"text":'))).rejects.toThrow(/Line 2 of .*c\.jsonl is not JSON/);
	await expect(read(write("d.jsonl", '{"body":"b","id":1}'))).rejects.toThrow(
		/Line 1 .* no text in the field "text" \(its fields: body, id\)/,
	);
});

test("Parquet gives its column, group by group; without it the columns are named", async () => {
	const path = join(root, "a.parquet");
	const text = Array.from({ length: 25 }, (_, i) => (i === 3 ? "" : `document ${i}`));
	parquetWriteFile({
		filename: path,
		columnData: [
			{ name: "text", data: text, type: "STRING" },
			{ name: "n", data: text.map((_, i) => i), type: "INT32" },
		],
		rowGroupSize: 10,
	});
	const { documents, notes } = await read(path);
	expect(documents).toEqual(text.filter((one) => one !== ""));
	expect(notes.empty).toBe(1);
	await expect(read(path, "body")).rejects.toThrow(/has no column "body"\. It has text, n;/);
	await expect(read(path, "n")).rejects.toThrow(/"n" of .* holds no text/);
	await expect(read(write("no.parquet", "PAR nonsense"))).rejects.toThrow(/not a sound Parquet file/);
});

test("a folder gives its files in order, a text file being one document", async () => {
	mkdirSync(join(root, "folder"));
	write("folder/2.txt", "b\n\nb");
	write("folder/10.txt", "c");
	write("folder/1.jsonl", '{"text":"a"}');
	write("folder/notes.md", "not this");
	write("folder/dataset_info.json", "{\n}");
	write("folder/11.txt.gz", gzipSync("d\n\nd"));
	expect((await read(join(root, "folder"))).documents).toEqual(["a", "b\n\nb", "c", "d\n\nd"]);
	mkdirSync(join(root, "none"));
	await expect(read(join(root, "none"))).rejects.toThrow(/holds no .txt/);
	await expect(read(join(root, "nowhere.txt"))).rejects.toThrow(/does not exist/);
});

test("documents longer than a sequence are cut or parted, and counted", async () => {
	const encode = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
	async function* documents() {
		yield "abcdef";
		yield "g";
	}
	const make = async (long: "cut" | "parted", bosId?: number, contextLength = 64, length = 4) => {
		const notes = startNotes();
		const tokenizer = { encode, bosId } as never;
		const options = { model: { config: { contextLength, vocabularySize: 128 } }, tokenizer, bos: true, length, long };
		const sequences = await listAll(readSequences(documents(), options, notes));
		const show = (ids: readonly number[]) => ids.map((id) => (id === 0 ? "^" : String.fromCharCode(id))).join("");
		return [sequences.map(show), ...describeNotes(notes, long)];
	};
	const cut = "1 document longer than a sequence was cut to its length.";
	const parted = "1 document longer than a sequence was parted into several.";
	expect(await make("cut")).toEqual([["abcd", "g"], cut]);
	expect(await make("parted")).toEqual([["abcd", "ef", "g"], parted]);
	expect(await make("cut", 0)).toEqual([["^abc", "^g"], cut]);
	expect(await make("parted", 0)).toEqual([["^abc", "^def", "^g"], parted]);
	expect(await make("parted", 0, 3, 128)).toEqual([
		["^ab", "^cd", "^ef", "^g"],
		"1 document longer than the 3 tokens that the model reads was parted into several.",
	]);
	expect(await make("cut", 0, 8, 128)).toEqual([["^abcdef", "^g"]]);
	const strange = readSequences(
		(async function* () {
			yield "aé";
		})(),
		{
			...{ model: { config: { contextLength: 8, vocabularySize: 128 } }, bos: false, length: 8, long: "cut" },
			tokenizer: { encode, tokenText: () => "é" } as never,
		},
		startNotes(),
	);
	await expect(listAll(strange)).rejects.toThrow(/gives "é" \(token 233\) and the model knows 128 tokens/);
	await expect(make("cut", 0, 64, 1)).rejects.toThrow(/nothing of the text/);
});
