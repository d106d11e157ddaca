import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { withoutProgress } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-cli-"));
const scd = join(import.meta.dirname, "../../main/cli/scd.ts");
const model = join(root, "model");
const dictionaries = join(root, "saes");
const database = join(root, "scd.sqlite");
const own = ["--model", model, "--saes", dictionaries, "--db", database];

beforeAll(() => {
	writeRandomModel(model, { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1])
		for (const site of ["attn_out", "mlp_out", "resid_post"])
			writeRandomDictionary(join(dictionaries, `${layer}.${site}`), `blocks.${layer}.hook_${site}`, {
				dIn: 12,
				dSae: 30,
				kind: "standard",
				seed: 10 * layer + site.length,
			});
});
afterAll(() => rmSync(root, { recursive: true }));

interface Outcome {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

/** The program as a process of its own, as users have it. */
function run(...parameters: string[]): Promise<Outcome> {
	return new Promise((resolve) => {
		execFile(process.execPath, [scd, ...parameters], { maxBuffer: 1e8 }, (error, out, err) =>
			resolve({ code: error ? Number(error.code ?? 1) : 0, out, err: withoutProgress(err) }),
		);
	});
}

const trace = (...parameters: string[]) => run("trace", ...own, "--prompt", "abcdef", ...parameters);

describe("scd trace", () => {
	test("prints one object of the published form and nothing else", async () => {
		const { code, out, err } = await trace("--json", "--circuit", "published");
		expect({ code, err }).toEqual({ code: 0, err: "" });
		const result = JSON.parse(out) as Record<string, unknown>;
		expect(result).toMatchObject({
			model: { name: "model", hash: expect.stringMatching(/^[0-9a-f]{16}$/) },
			prompt: { text: "abcdef", tokens: ["a", "b", "c", "d", "e", "f"], token_ids: expect.any(Array) },
			metric: { name: "cross_entropy", value: expect.any(Number) },
			explained: expect.any(Number),
			replacement: expect.any(Number),
			completeness: expect.any(Number),
			provider: "cpu",
			seconds: expect.any(Number),
			peak_rss_mb: expect.any(Number),
		});
		const nodes = result["nodes"] as { id: string; kind: string }[];
		expect(new Set(nodes.map(({ kind }) => kind))).toEqual(new Set(["token", "feature", "error", "logit"]));
		for (const node of nodes)
			expect(Object.keys(node)).toEqual([
				"id",
				"kind",
				"site",
				"layer",
				"feature",
				"position",
				"activation",
				"attribution",
				// What leads into tokens is nothing, and into errors it counts for nothing.
				...(node.kind === "feature" || node.kind === "logit" ? ["inflow", "influence", "remainder"] : ["influence"]),
			]);
		for (const edge of result["edges"] as object[]) expect(Object.keys(edge)).toEqual(["source", "target", "weight"]);
	});

	test("writes pictures and graphs, and tells where they are", async () => {
		const files = ["svg", "dot", "json"].map((ending) => join(root, `out.${ending}`));
		const { code, out } = await trace("--circuit", "drawn", ...files.flatMap((file) => ["-o", file]));
		expect(code).toBe(0);
		for (const file of files) expect(out).toContain(`Wrote ${file}`);
		expect(readFileSync(files[0] as string, "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
		expect(readFileSync(files[1] as string, "utf8")).toMatch(/^digraph circuit \{.*\}\n$/s);
		expect(JSON.parse(readFileSync(files[2] as string, "utf8"))).toHaveProperty("edges");
	});

	test("extends a circuit by layers, says what it reused, and keeps every step", async () => {
		await trace("--circuit", "grown", "--layers", "0:1");
		const second = JSON.parse((await trace("--circuit", "grown", "--json")).out) as { reused: { pieces: number } };
		expect(second.reused.pieces).toBeGreaterThanOrEqual(6);
		const shown = JSON.parse((await run("circuits", "show", "grown", "--db", database, "--json")).out) as {
			nodes: { layer: number | null }[];
			history: unknown[];
		};
		expect(shown.history).toHaveLength(2);
		expect(new Set(shown.nodes.map(({ layer }) => layer))).toEqual(new Set([null, 0, 1]));
		const again = JSON.parse((await trace("--circuit", "grown", "--json")).out) as {
			reused: { pieces: number; of: number };
		};
		expect(again.reused.pieces).toBe(again.reused.of);
	});
});

test("what lies among the dictionaries and is none is left out, and what is used is said", async () => {
	const mixed = join(root, "mixed");
	writeRandomDictionary(join(mixed, "sound"), "blocks.0.hook_mlp_out", { dIn: 12, dSae: 30, kind: "standard" });
	writeRandomDictionary(join(mixed, "broken"), "blocks.1.hook_mlp_out", { dIn: 12, dSae: 30, kind: "standard" });
	truncateSync(join(mixed, "broken", "sae_weights.safetensors"), 100);
	writeFileSync(join(mixed, "weights.gguf"), "GGUF");
	const { code, out, err } = await run(
		"trace",
		"--model",
		model,
		"--saes",
		mixed,
		"--db",
		database,
		"--prompt",
		"abcd",
		"--json",
	);
	expect({ code, err }).toEqual({
		code: 0,
		err: expect.stringMatching(
			/^scd: left out .*broken: .*not a sound safetensors.*\nscd: left out .*weights\.gguf: .*llama\.cpp's format.*\nscd: used mlp_0\n$/,
		),
	});
	expect(JSON.parse(out)).toMatchObject({
		dictionaries: [{ site: "mlp_0" }],
		skipped: [{ path: join(mixed, "broken") }, { path: join(mixed, "weights.gguf") }],
	});
});

describe("scd circuits and export", () => {
	test("list, branch, export and delete what is stored", async () => {
		await trace("--circuit", "first");
		expect((await run("circuits", "branch", "first", "copy", "--db", database)).code).toBe(0);
		const names = (
			JSON.parse((await run("circuits", "list", "--json", "--db", database)).out) as {
				circuits: { name: string; branch_of: string | null }[];
			}
		).circuits;
		expect(names).toContainEqual(expect.objectContaining({ name: "copy", branch_of: "first" }));
		const file = join(root, "copy.svg");
		expect((await run("export", "copy", "-o", file, "--theme", "dark", "--db", database)).code).toBe(0);
		expect(existsSync(file)).toBe(true);
		expect((await run("circuits", "delete", "first", "--db", database)).out).toContain("Deleted");
		expect((await run("circuits", "show", "copy", "--db", database)).code).toBe(0);
	});
});

test("scd trace goes upstream of one node or downstream of it", async () => {
	const edgesOf = async (...parameters: string[]) =>
		(
			JSON.parse((await run("trace", ...own, "--prompt", "abcdef", "--json", ...parameters)).out) as {
				edges: { source: string; target: string }[];
			}
		).edges;
	const middle = (await edgesOf()).find(
		({ source, target }) => /^[a-z]+_0\./.test(source) && target.startsWith("resid_1."),
	);
	const [up, down] = [
		await edgesOf("--upstream-of", middle?.target ?? ""),
		await edgesOf("--downstream-of", middle?.source ?? ""),
	];
	expect(new Set(up.map(({ target }) => target))).toEqual(new Set([middle?.target]));
	expect(new Set(down.map(({ source }) => source))).toEqual(new Set([middle?.source]));
	expect(up.map(({ source }) => source)).toContain(middle?.source);
});

test("scd respond prints what scaling a feature does; 1 is the prompt as it is", async () => {
	const traced = await run("trace", ...own, "--prompt", "abcdef", "--json");
	const { metric, nodes } = JSON.parse(traced.out) as {
		metric: { value: number };
		nodes: { id: string; kind: string; position: number }[];
	};
	const node = nodes.find(({ kind, position }) => kind === "feature" && position === 4)?.id ?? "";
	const { code, out } = await run("respond", node, ...own, "--prompt", "abcdef", "--coefficients", "0,1,2", "--json");
	expect(code).toBe(0);
	const [response] = (
		JSON.parse(out) as { curves: { positions: number[]; points: { coefficient: number; value: number }[] }[] }
	).curves;
	expect(response?.positions).toEqual([4]);
	expect(response?.points.map(({ coefficient }) => coefficient)).toEqual([0, 1, 2]);
	expect(response?.points[1]?.value).toBeCloseTo(metric.value, 5);
	expect(response?.points[0]?.value).not.toBeCloseTo(metric.value, 5);
	const text = await run("respond", node, ...own, "--prompt", "abcdef");
	expect(text.out).toMatch(/scaled at position 4: cross_entropy/);
	const silent = await run("respond", "mid_0.3", ...own, "--prompt", "abcdef");
	expect([silent.code, silent.err]).toEqual([
		1,
		expect.stringMatching(/^scd: mid_0.3 cannot be used: no dictionary sits at mid_0[^\n]*\n$/),
	]);
});

test("scd features shows what the weights tell, and contexts once a corpus was given", async () => {
	const bare = await run("features", "mlp_0.3", ...own);
	expect(bare.out).toMatch(/not seen active in any stored corpus/);
	const [weights] = JSON.parse((await run("features", "mlp_0.3", ...own, "--json")).out).features;
	expect(weights).toMatchObject({ id: "mlp_0.3", contexts: [], raises: expect.any(Array) });
	// How often it is active nobody knows yet.
	expect(weights).not.toHaveProperty("frequency");
	const corpus = join(root, "corpus.txt");
	writeFileSync(corpus, "the quick brown fox\n\njumps over the lazy dog\n");
	const filled = await run("features", "mlp_0.3", ...own, "--corpus", corpus, "--json");
	const [facts] = (
		JSON.parse(filled.out) as {
			features: {
				frequency: number;
				contexts: { tokens: string[]; peak: number; activations: number[] }[];
				raises: unknown[];
			}[];
		}
	).features;
	expect(facts?.frequency).toBeGreaterThan(0);
	expect(facts?.raises).toHaveLength(10);
	for (const { tokens, peak, activations } of facts?.contexts ?? []) {
		expect(activations).toHaveLength(tokens.length);
		expect(activations[peak]).toBe(Math.max(...activations));
	}
});

test("scd doctor finds what there is", async () => {
	const report = JSON.parse((await run("doctor", "--json", "--db", database)).out) as {
		providers: { name: string; works: boolean }[];
		versions: object;
	};
	expect(report.providers).toContainEqual({ name: "cpu", works: true });
	expect(report.versions).toMatchObject({ node: process.versions.node, onnxruntime: expect.stringMatching(/^1\./) });
});

describe("wrong input is answered in one sentence", () => {
	const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
		["no command of that name", ["frobnicate"], 2, /unknown command/],
		["no prompt", ["trace"], 2, /--prompt/],
		["an unknown option", ["trace", "--prompt", "ab", "--frob"], 2, /--frob/],
		["a number that is none", ["trace", "--prompt", "ab", "--down-nodes", "many"], 2, /whole number/],
		["an empty prompt", ["trace", ...own, "--prompt", ""], 2, /prompt is empty/],
		["one token", ["trace", ...own, "--prompt", "a"], 2, /only one token/],
		["a prompt longer than the context", ["trace", ...own, "--prompt", "a".repeat(80)], 2, /reads at most 64/],
		["layers outside the model", ["trace", ...own, "--prompt", "ab", "--layers", "5:9"], 2, /outside the model/],
		["a metric that is none", ["trace", ...own, "--prompt", "ab", "--metric", "joy"], 2, /is not a metric/],
		["a pair of unequal length", ["trace", ...own, "--prompt", "abc", "--patch-prompt", "ab"], 2, /needs as many/],
		[
			"a model that does not exist",
			["trace", "--model", "/nowhere", "--saes", dictionaries, "--db", database, "--prompt", "ab"],
			1,
			/no model "\/nowhere"/,
		],
		[
			"dictionaries that do not exist",
			["trace", "--model", model, "--saes", "/nowhere", "--db", database, "--prompt", "ab"],
			1,
			/\/nowhere does not exist/,
		],
		["an unknown feature", ["features", "mlp_0.999", ...own], 1, /features 0 to 29/],
		["a feature that is none", ["features", "hello", ...own], 2, /is not a node/],
		["an unknown circuit", ["circuits", "show", "nothing", "--db", database], 1, /no circuit "nothing"/],
		[
			"a database in a place that cannot be",
			["circuits", "list", "--db", "/proc/none/x.sqlite"],
			1,
			/cannot be opened/,
		],
		["an ending that is not known", ["trace", ...own, "--prompt", "ab", "-o", "x.tiff"], 2, /ending/],
	];
	test.each(cases)("%s", async (_name, parameters, code, message) => {
		const outcome = await run(...parameters);
		expect(outcome.code).toBe(code);
		expect(outcome.err).toMatch(message);
		expect(outcome.err.trim().split("\n")).toHaveLength(1);
		expect(outcome.err).not.toMatch(/\n\s+at /);
		expect(outcome.out).toBe("");
	});

	test("a truncated model, and one of the wrong dictionaries", async () => {
		const broken = join(root, "broken");
		writeRandomModel(broken, { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
		truncateSync(join(broken, "model.safetensors"), 4000);
		const outcome = await run("trace", "--model", broken, "--saes", dictionaries, "--db", database, "--prompt", "ab");
		expect(outcome).toMatchObject({ code: 1, err: expect.stringMatching(/not a sound safetensors file/) });
		const other = join(root, "narrow");
		writeRandomModel(other, { layers: 2, heads: 2, width: 8, vocabularySize: 257 });
		expect(
			await run("trace", "--model", other, "--saes", dictionaries, "--db", database, "--prompt", "ab"),
		).toMatchObject({ code: 1, err: expect.stringMatching(/reads vectors of 12 numbers/) });
	});

	test("weights that are not numbers name the file", async () => {
		const poisoned = join(root, "poisoned");
		writeRandomModel(poisoned, { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
		const file = join(poisoned, "model.safetensors");
		const bytes = readFileSync(file);
		bytes.writeFloatLE(Number.NaN, bytes.length - 4);
		writeFileSync(file, bytes);
		expect(
			await run("trace", "--model", poisoned, "--saes", dictionaries, "--db", database, "--prompt", "abc"),
		).toMatchObject({ code: 1, err: expect.stringMatching(/finite/) });
	});
});
