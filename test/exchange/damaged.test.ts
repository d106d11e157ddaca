import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importFile } from "../../main/app/exchange/import-file.ts";
import type { CircuitDocument } from "../../main/shared/document.ts";
import { AppError } from "../../main/shared/errors.ts";
import { seededRandom } from "../../main/shared/random.ts";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { makeRichCircuit } from "./rich-circuit.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-damaged-"));
const path = (name: string) => join(folder, name);
const bytesOf = (name: string) => readFileSync(path(name));
const endings = ["svg", "pdf", "png", "html", "json", "dot", "graphml", "scd"] as const;

beforeAll(async () => {
	const store = new Store(path("mine.sqlite"));
	makeRichCircuit(store, "mine");
	original = store.circuits.load("mine");
	store.dispose();
	const outputs = endings.flatMap((ending) => ["-o", path(`mine.${ending}`)]);
	const { code, err } = await runScd(["export", "mine", "--db", path("mine.sqlite"), ...outputs]);
	expect({ code, err }).toEqual({ code: 0, err: "" });
});
afterAll(() => rmSync(folder, { recursive: true }));

let original: CircuitDocument;
let count = 0;
async function importBytes(name: string, bytes: Uint8Array) {
	writeFileSync(path(name), bytes);
	const store = new Store(path(`${count++}.sqlite`));
	try {
		return await importFile(store, { path: path(name) });
	} finally {
		store.dispose();
	}
}

describe("a file of ours that is cut off", () => {
	test.each([
		["svg", "cut.svg is cut off behind its circuit, which is whole. Ask for the file again if you need the rest."],
		["png", "cut.png is cut off behind its circuit, which is whole. Ask for the file again if you need the rest."],
	])("behind its circuit gives the circuit and says so: %s", async (ending, note) => {
		const whole = bytesOf(`mine.${ending}`);
		writeFileSync(path(`cut.${ending}`), whole.subarray(0, whole.length - 20));
		const { code, out, err } = await runScd(["import", path(`cut.${ending}`), "--db", path(`cut-${ending}.sqlite`)]);
		expect({ code, err }).toEqual({ code: 0, err: `scd: ${note}\n` });
		expect(out).toContain("Imported 7 nodes and 6 edges");
	});

	test.each(endings)("before or in its circuit is refused as cut off or damaged: %s", async (ending) => {
		const whole = bytesOf(`mine.${ending}`);
		const [, end] = findCircuit(ending, whole);
		for (let i = 1; i <= 10; i++) {
			const cut = importBytes(`cut.${ending}`, whole.subarray(0, Math.floor(((end - 8) * i) / 10)));
			await expect(cut).rejects.toBeInstanceOf(AppError);
			await expect(cut).rejects.toThrow(/cut off|ends in the middle|damaged|no graph in Graphviz's language/);
		}
	});

	test("is told so in words of whoever has it", async () => {
		const half = (name: string) => bytesOf(name).subarray(0, bytesOf(name).length >> 1);
		const [begin] = findCircuit("pdf", bytesOf("mine.pdf"));
		await expect(importBytes("cut.pdf", bytesOf("mine.pdf").subarray(0, begin - 300))).rejects.toThrow(
			"cut.pdf is cut off: its end is missing, and a circuit inside it with it. Ask for the file again.",
		);
		await expect(importBytes("cut.json", half("mine.json"))).rejects.toThrow(
			"cut.json is damaged JSON: it is cut off, and its end is missing. Ask for the file again.",
		);
		for (const rest of ['{"a": 1', '{"a"', '{"a": 1.', '{"a": -', '{"a": "x', '{"a": 1,'])
			await expect(importBytes("cut.json", Buffer.from(rest)), rest).rejects.toThrow(/cut off, and its end is missing/);
		await expect(importBytes("cut.scd", half("mine.scd"))).rejects.toThrow(
			"cut.scd is damaged. Ask for the file again.",
		);
	});
});

/** Where the circuit stands in the file. */
function findCircuit(ending: (typeof endings)[number], bytes: Buffer): readonly [from: number, to: number] {
	if (ending === "scd" || ending === "json") return [0, bytes.length];
	if (ending === "pdf") {
		const at = bytes.indexOf("stream", bytes.indexOf("EmbeddedFile")) + 8;
		return [at, bytes.indexOf("endstream", at) - 2];
	}
	const at = bytes.indexOf(ending === "png" ? "scd-circuit" : "gzip-base64");
	const begin =
		ending === "png" ? at + 16 : bytes.indexOf(ending === "dot" || ending === "graphml" ? ":" : ">", at) + 2;
	let end = begin;
	while (end < bytes.length && /[A-Za-z0-9+/=\n]/.test(String.fromCharCode(bytes[end] as number))) end++;
	return [begin, end];
}

describe("a circuit in which one letter is another one", () => {
	test.each(endings.filter((ending) => ending !== "json"))("is refused, or was not touched: %s", async (ending) => {
		const random = seededRandom(5);
		let refused = 0;
		for (let i = 0; i < 40; i++) {
			const bytes = bytesOf(`mine.${ending}`);
			const [from, to] = findCircuit(ending, bytes);
			expect(to - from).toBeGreaterThan(500);
			const at = from + Math.floor(random() * (to - from));
			const before = bytes[at] as number;
			bytes[at] = ending === "pdf" || ending === "scd" ? before ^ 4 : before === 65 ? 66 : 65;
			writeFileSync(path(`flip.${ending}`), bytes);
			const store = new Store(path(`${count++}.sqlite`));
			try {
				await importFile(store, { path: path(`flip.${ending}`) });
				// Of gzip's head and of the seal's own mark, nothing decides what the circuit is.
				expect(store.circuits.load("mine"), `${ending} at ${at - from}`).toEqual(original);
			} catch (error) {
				if (!(error instanceof AppError)) throw error;
				expect(error.message).toMatch(/damaged|cut off/);
				refused++;
			} finally {
				store.dispose();
			}
		}
		expect(refused).toBeGreaterThan(30);
	});

	test("is told in an uncompressed attachment, too, by the checksum beside it", async () => {
		const json = JSON.stringify(JSON.parse(bytesOf("mine.json").toString()));
		const md5 = createHash("md5").update(json).digest("hex");
		const pdf = (content: string) =>
			Buffer.from(
				`%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile /Params << /CheckSum (${md5}) >> /Length ${content.length} >>\nstream\n${content}\nendstream\nendobj\ntrailer\n<< >>\n%%EOF\n`,
			);
		expect(await importBytes("plain.pdf", pdf(json))).toMatchObject([{ circuit: "mine", notes: [] }]);
		await expect(importBytes("plain.pdf", pdf(json.replace("-2.25", "-2.35")))).rejects.toThrow(
			"The circuit inside plain.pdf is damaged. Ask for the file again.",
		);
	});
});

test("files that were written before there was a checksum are opened as they were", async () => {
	const svg = bytesOf("mine.svg").toString();
	const [, packed = ""] = /encoding="gzip-base64">([^<]*)</.exec(svg) ?? [];
	const old = deflateRawSync(gunzipSync(Buffer.from(packed, "base64"))).toString("base64");
	const older = svg.replace(`gzip-base64">${packed}`, `deflate-base64">${old}`);
	expect(older).not.toBe(svg);
	expect(await importBytes("old.svg", Buffer.from(older))).toMatchObject([{ circuit: "mine", nodes: 7, notes: [] }]);
	const unsealed = bytesOf("mine.scd");
	unsealed.fill(0, 60, 64);
	unsealed.fill(0, 68, 72);
	expect(await importBytes("old.scd", unsealed)).toMatchObject([{ circuit: "mine", nodes: 7, notes: [] }]);
});

test("a project that was opened by itself and edited is sound, and can be imported", async () => {
	writeFileSync(path("edited.scd"), bytesOf("mine.scd"));
	const { code } = await runScd(["circuits", "branch", "mine", "hers", "--db", path("edited.scd")]);
	expect(code).toBe(0);
	expect(await importBytes("edited-2.scd", bytesOf("edited.scd"))).toMatchObject([
		{ circuit: "mine" },
		{ circuit: "hers", nodes: 7 },
	]);
});
