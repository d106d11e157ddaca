import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteFile } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { describeNotes, readDocuments, readSequences, startNotes } from "../../main/model/corpus.ts";

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
	expect(notes).toEqual({ notUtf8: 0, empty: 0, long: 0 });
});

test("bytes that are not UTF-8 are read as U+FFFD and counted by document", async () => {
	const bytes = Buffer.concat([Buffer.from("good\n\nb"), Buffer.from([0xff, 0xfe]), Buffer.from("d\n\nalso � good")]);
	const { documents, notes } = await read(write("bad.txt", bytes));
	expect(documents).toEqual(["good", "b��d", "also � good"]);
	expect(notes.notUtf8).toBe(1);
	expect(describeNotes(notes, "cut")).toEqual(["1 document held bytes that are not UTF-8; they were read as U+FFFD."]);
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
	expect((await read(join(root, "folder"))).documents).toEqual(["a", "b\n\nb", "c"]);
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
		const options = { model: { config: { contextLength } }, tokenizer, bos: true, length, long };
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
	await expect(make("cut", 0, 64, 1)).rejects.toThrow(/nothing of the text/);
});
