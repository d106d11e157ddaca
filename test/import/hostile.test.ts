import { constants, crc32, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { buildDataFiles } from "../../main/export/build-data-file.ts";
import { embedInPng, embedInSvg, packPayload } from "../../main/export/circuit-payload.ts";
import { joinParts } from "../../main/export/text-parts.ts";
import { type ImportSource, sourceOfText } from "../../main/import/import-source.ts";
import type { ImportedFile } from "../../main/import/imported-file.ts";
import { readImportFile } from "../../main/import/read-file.ts";
import { AppError } from "../../main/shared/errors.ts";
import type { CircuitFile } from "../../main/shared/exchange/circuit-file.ts";
import { seededRandom } from "../../main/shared/random.ts";
import { exampleFile } from "../exchange/example-file.ts";

const budget = { maxNodes: 5000, maxEdges: 50_000 };
const sourceOf = (bytes: Uint8Array, name: string): ImportSource => ({
	...sourceOfText("", name),
	bytes: bytes.length,
	read: async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
});
const notesOf = (found: ImportedFile) => ("notes" in found ? found.notes : undefined);
const read = (content: Uint8Array | string, name = "file") =>
	readImportFile(typeof content === "string" ? sourceOfText(content, name) : sourceOf(content, name), budget);

/** One white pixel. */
const png = Buffer.from(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
	"base64",
);
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1"/></svg>';
const pdf = (file: CircuitFile, pack = (bytes: Buffer) => deflateSync(bytes)) => {
	const stream = pack(Buffer.from(JSON.stringify(file)));
	return Buffer.concat([
		Buffer.from(`%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile /Filter /FlateDecode /Length ${stream.length} >>\nstream\n`),
		stream,
		Buffer.from("\nendstream\nendobj\ntrailer\n<< >>\n%%EOF\n"),
	]);
};

/** A gigabyte of blanks behind the beginning of a circuit. What deflate flushes can be repeated as it is. */
const flush = { finishFlush: constants.Z_FULL_FLUSH };
const blanks = deflateRawSync(Buffer.alloc(16 << 20, " "), flush);
const bomb = Buffer.concat([deflateRawSync('{"format":"sparse-circuit",', flush), ...Array(64).fill(blanks)]);
const zlibBomb = Buffer.concat([Buffer.from([0x78, 0x9c]), bomb]);

/** The pixel with one text more. */
function addText(body: Buffer): Buffer {
	const content = Buffer.concat([Buffer.from("iTXt"), body]);
	const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(body.length);
	check.writeUInt32BE(crc32(content));
	return Buffer.concat([png.subarray(0, 33), length, content, check, png.subarray(33)]);
}

async function sound(): Promise<Readonly<Record<string, Uint8Array>>> {
	const file = exampleFile();
	const build = async (format: "dot" | "graphml" | "html" | "json" | "neuronpedia") => {
		const [made] = await buildDataFiles("x", format, {
			file,
			drawSvg: async () => svg,
			findNeuronpediaNames: () => ({ scan: "m" }),
		});
		const parts: Uint8Array[] = [];
		for await (const part of joinParts(made?.parts ?? [])) parts.push(part);
		return Buffer.concat(parts);
	};
	return {
		json: await build("json"),
		dot: await build("dot"),
		graphml: await build("graphml"),
		html: await build("html"),
		neuronpedia: await build("neuronpedia"),
		svg: Buffer.from(await embedInSvg(svg, file)),
		png: await embedInPng(png, file),
		pdf: pdf(file),
	};
}

test("whole ones are read", async () => {
	for (const [kind, bytes] of Object.entries(await sound())) {
		const found = await read(bytes, `x.${kind}`);
		if (kind === "neuronpedia") expect(found.kind).toBe("graph");
		else expect(found, kind).toEqual({ kind: "circuit", file: exampleFile(), notes: [] });
	}
});

describe("files that were damaged on their way", () => {
	test("are refused in one or two sentences, or read as something sound; nothing else ever happens", {
		timeout: 120_000,
	}, async () => {
		const random = seededRandom(11);
		for (const [kind, bytes] of Object.entries(await sound()))
			for (let i = 0; i < 120; i++) {
				const damaged = damage(Buffer.from(bytes), random, i % 5);
				let found: ImportedFile | undefined;
				try {
					found = await read(damaged, `x.${kind}`);
				} catch (error) {
					expect(error, `${kind} ${i}: ${(error as Error).stack}`).toBeInstanceOf(AppError);
					const { message, code } = error as AppError;
					expect(["bad-file", "unsupported"]).toContain(code);
					expect(message.length, message).toBeLessThan(700);
					expect(message).toMatch(/[.…]$/);
					continue;
				}
				if (found.kind === "circuit")
					expect(found.file.nodes.every(({ activation }) => Number.isFinite(activation))).toBe(true);
				if (found.kind === "graph")
					expect(found.graph.circuit.edges.every(({ weight }) => Number.isFinite(weight))).toBe(true);
			}
	});

	test("that are cut off anywhere in the packed circuit are never taken for whole", async () => {
		const file = exampleFile();
		for (const share of [0.2, 0.5, 0.9, 0.99]) {
			const packed = await packPayload(file);
			const cut = (await embedInSvg(svg, file)).replace(packed, packed.slice(0, Math.floor(packed.length * share)));
			await expect(read(cut, "cut.svg")).rejects.toThrow(/inside cut\.svg is damaged|damaged/);
		}
	});
});

function damage(bytes: Buffer, random: () => number, kind: number): Buffer {
	const at = Math.floor(random() * bytes.length);
	const length = 1 + Math.floor(random() * 30);
	switch (kind) {
		case 0:
			return bytes.subarray(0, at);
		case 1:
			for (let i = at; i < Math.min(bytes.length, at + length); i++) bytes[i] = Math.floor(256 * random());
			return bytes;
		case 2:
			return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
		case 3:
			return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
		default:
			bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(8 * random()));
			return bytes;
	}
}

describe("files that mean harm", () => {
	test.each([
		["an SVG", () => `<svg><metadata><c encoding="deflate-base64">${bomb.toString("base64")}</c></metadata></svg>`],
		["an attachment of a PDF", () => pdf(exampleFile(), () => zlibBomb)],
		["a text of a PNG", () => addText(Buffer.concat([Buffer.from("scd-circuit\0\x01\0\0\0", "latin1"), zlibBomb]))],
	])("that unpack to a gigabyte are stopped while they do: %s", { timeout: 60_000 }, async (_, make) => {
		await expect(read(make(), "b")).rejects.toThrow(
			"The circuit inside b unpacks to more than 400 MB, and is not opened.",
		);
	});

	test.each([
		["our own", { format: "sparse-circuit", version: 2 }, /has 1,000,000 nodes, and at most 200,000 can be kept/],
		["a trace's", {}, undefined],
	])("that hold a million nodes are cut or refused: %s", { timeout: 120_000 }, async (_, head, why) => {
		const nodes = Array.from({ length: 1e6 }, (_, i) => ({ id: `mlp_0.${i}`, activation: 1, attribution: i }));
		const found = read(JSON.stringify({ ...head, nodes, edges: [] }), "many.json");
		if (why) await expect(found).rejects.toThrow(why);
		else
			expect(notesOf(await found)).toEqual([
				"The strongest 5,000 of 1,000,000 nodes and 0 of 0 edges were kept; the rest was left out.",
			]);
	});

	test("that hold a million nodes in markup or Graphviz's language are cut or refused", {
		timeout: 120_000,
	}, async () => {
		const write = (one: (i: number) => string) => Array.from({ length: 1e6 }, (_, i) => one(i)).join("");
		const graphml = `<graphml><graph>${write((i) => `<node id="mlp_0.${i}"/>`)}</graph></graphml>`;
		expect(notesOf(await read(graphml, "many.graphml"))).toEqual([
			"The strongest 5,000 of 1,000,000 nodes and 0 of 0 edges were kept; the rest was left out.",
		]);
		await expect(read(`digraph { ${write((i) => `"mlp_0.${i}";`)} }`, "many.dot")).rejects.toThrow(
			"many.dot is larger than graphs in Graphviz's language are read",
		);
	});

	test("whose edges name nodes that they do not list are told so", async () => {
		const { dot, graphml } = await sound();
		const added = "Edges name nodes that the file does not list, so that these have no activation: mlp_0.77@1.";
		const changed =
			"The graph was changed after this program wrote it: its nodes and edges are as they are now, without its history.";
		const inDot = String(dot).replace(/"mlp_0\.0@1" -> "mlp_0\.1@1"/, '"mlp_0.0@1" -> "mlp_0.77@1"');
		expect(notesOf(await read(inDot, "x.dot"))).toEqual([added, changed]);
		const inGraphml = String(graphml).replace(/target="mlp_0\.1@1"/, 'target="mlp_0.77@1"');
		expect(notesOf(await read(inGraphml, "x.graphml"))).toEqual([added, changed]);
		const file = exampleFile();
		const [first, ...rest] = file.edges;
		const broken = { ...file, edges: [{ ...first, target: "mlp_0.77@1" }, ...rest] };
		await expect(read(JSON.stringify(broken), "x.json")).rejects.toThrow(
			'x.json cannot be used, because it holds an edge of a node that it does not hold: "mlp_0.77@1". Ask for it again.',
		);
	});

	test.each([
		[
			"a document type",
			'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><graphml><graph/></graphml>',
			/declares a document type/,
		],
		[
			"an outside entity",
			'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x"><graphml><graph/></graphml>',
			/declares a document type/,
		],
		["an entity of its own", "<graphml><graph><node id='a&evil;'/></graph></graphml>", /entity that XML does not know/],
		["elements without an end", `<graphml>${"<graph>".repeat(300)}`, /nested too deeply/],
		[
			"script and nothing else",
			'<html><body onload="fetch(1)"><script>alert(1)</script></body></html>',
			/carries no circuit/,
		],
		[
			"a foreign drawing",
			'<svg><a href="javascript:alert(1)"><image href="http://127.0.0.1:1/x"/></a></svg>',
			/carries no circuit/,
		],
		["other markup", "<rss><channel/></rss>", /markup of a kind that holds no circuit/],
		["a list", "[1,2]", /is a list in JSON/],
		["brackets without an end", `{"a":${"[".repeat(200_000)}`, /damaged JSON/],
		["a graph of nothing of ours", '{"nodes": [{"id": "a"}], "links": []}', /a graph, but none of features/],
	])("are refused: %s", async (_, content, why) => {
		await expect(read(content, "x")).rejects.toThrow(why);
	});

	test.each([
		["gzip", gzipSync("x"), /is compressed/],
		["PyTorch", Buffer.from("PK\u0003\u0004", "latin1"), /packed archive/],
		["Parquet", Buffer.from("PAR1"), /Parquet table/],
		["UTF-16", Buffer.from("\ufeff{", "utf16le"), /UTF-16/],
		["Latin-1", Buffer.from('{"name": "\xe9"}', "latin1"), /no text in UTF-8|no circuit/],
	])("of other kinds are told by name: %s", async (_, content, why) => {
		await expect(read(content, "x")).rejects.toThrow(why);
	});

	test("cannot pass a label off as the circuit", async () => {
		const real = exampleFile();
		const packed = await packPayload({ ...real, name: "false" });
		for (const text of [
			`gzip-base64:${packed}`,
			`x=&quot;gzip-base64&quot;&gt;${packed}`,
			"deflate-base64>AAAAAAAAAAAAAAAAAAAA",
		]) {
			const labelled = (await embedInSvg(svg, real)).replace("<metadata>", `<title>${text}</title><metadata>`);
			expect(await read(labelled, "x.svg")).toEqual({ kind: "circuit", file: real, notes: [] });
		}
	});

	test("cannot make a pattern search for ever", { timeout: 60_000 }, async () => {
		const long = "a".repeat(5_000_000);
		for (const content of [
			`<svg ${long}`,
			`<svg encoding="deflate-base64"${long}`,
			`<svg>${"gzip-base64 ".repeat(400_000)}`,
			`<svg>${'="gzip-base64">'.repeat(400_000)}`,
			`digraph { "${long}" }`,
			`<graphml><graph><node id="${"&amp;".repeat(500_000)}"/></graph></graphml>`,
			`{"nodes": [{"node_id": "${"_".repeat(1_000_000)}", "feature_type": "x", "ctx_idx": 1}]}`,
			`{"nodes": [], "qParams": {"sg_pos": "${" 1".repeat(400_000)}x"}}`,
		])
			await expect(read(content, "x")).rejects.toBeInstanceOf(AppError);
	});

	test("in another program's graph, ids and words of any kind are text or left out", async () => {
		const nasty = ["__proto__", "constructor", "../../etc/passwd", '"><script>', "\u0000", "1e9_1_1", "-1_-1_-1"];
		const nodes = nasty.map((id) => ({
			node_id: id,
			feature_type: "cross layer transcoder",
			layer: id,
			ctx_idx: 1,
			clerp: id,
		}));
		const graph = {
			metadata: { scan: "<b>", prompt_tokens: ["</script>"], __proto__: { a: 1 } },
			qParams: { pinnedIds: nasty, supernodes: [["__proto__", ...nasty]] },
			nodes: [
				...nodes,
				{
					node_id: "3_9_1",
					feature_type: "cross layer transcoder",
					layer: "3",
					ctx_idx: 1,
					clerp: "<img src=x onerror=alert(1)>",
				},
			],
			links: nasty.map((id) => ({ source: id, target: "3_9_1", weight: 1 })),
		};
		const found = await read(JSON.stringify(graph), "x.json");
		if (found.kind !== "graph") throw new Error("not read as a graph");
		expect(found.graph.circuit.nodes.map(({ id }) => id)).toEqual(["mlp_3.9@1"]);
		expect(found.graph.additions?.labels).toEqual([{ id: "mlp_3.9", text: "<img src=x onerror=alert(1)>" }]);
		expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
	});
});
