import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-methods-"));
const model = join(root, "model");
const dictionaries = join(root, "saes");
const database = join(root, "scd.sqlite");
const own = ["--model", model, "--saes", dictionaries, "--db", database];
const corpus = join(root, "corpus.txt");
const prompts = join(root, "prompts.txt");

beforeAll(() => {
	writeRandomModel(model, { layers: 3, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1, 2])
		for (const site of ["mlp_out", "resid_post"])
			writeRandomDictionary(join(dictionaries, `${layer}.${site}`), `blocks.${layer}.hook_${site}`, {
				dIn: 12,
				dSae: 30,
				kind: "standard",
				seed: 10 * layer + site.length,
			});
	writeFileSync(
		corpus,
		"the quick brown fox\n\njumps over\n\nthe lazy dog and everything else that there is to jump over",
	);
	writeFileSync(prompts, "abcdef\nabcdeg\nbbcdef\n");
});
afterAll(() => rmSync(root, { recursive: true }));

/** The object that a command prints, which must have succeeded. */
async function ask(...words: string[]): Promise<Record<string, unknown>> {
	const { code, out, err } = await runScd([...words, "--json"]);
	expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^(scd: \d+ documents? [^\n]*\n)*$/) });
	return JSON.parse(out) as Record<string, unknown>;
}

describe("scd ablate and scd trace --method ablation", () => {
	test("print effects and logits in the published form, and store a circuit", async () => {
		const result = await ask("ablate", ...own, "--prompt", "abcdef", "--circuit", "ablated", "--logit-tokens", "3");
		const effects = result["effects"] as { source: string; target: string; position: number; effect: number }[];
		expect(effects.length).toBeGreaterThan(20);
		for (const { source, target, position, effect } of effects) {
			const [from, to] = [/^(\w+)_(\d)\./.exec(source), /^(\w+)_(\d)\./.exec(target)];
			expect([to?.[1], Number(to?.[2])]).toEqual([from?.[1], Number(from?.[2]) + 1]);
			expect([position, Number.isFinite(effect)]).toEqual([5, true]);
		}
		const logits = result["logits"] as Record<string, { up: [string, number][]; down: [string, number][] }>;
		const some = logits[effects[0]?.source ?? ""];
		expect(some?.up.length).toBeLessThanOrEqual(3);
		for (const [token, effect] of some?.down ?? []) expect([typeof token, effect < 0]).toEqual(["string", true]);
		const same = await ask("trace", "--method", "ablation", ...own, "--prompt", "abcdef", "--logit-tokens", "3");
		expect(same["effects"]).toEqual(effects);
		expect((same["reused"] as { pieces: number; of: number }).pieces).toBe((same["reused"] as { of: number }).of);
		const shown = await ask("circuits", "show", "ablated", "--db", database);
		expect((shown["nodes"] as unknown[]).length).toBeGreaterThan(5);
	});

	test("take pins, thresholds, every position, and prompts from a corpus", async () => {
		const whole = await ask("ablate", ...own, "--prompt", "abcdef", "--all-positions");
		const all = whole["effects"] as { source: string; effect: number }[];
		const source = all.find((one) => one.source.startsWith("mlp_0."))?.source ?? "";
		const pinned = await ask(
			"ablate",
			...own,
			"--prompt",
			"abcdef",
			"--pin",
			source,
			"--layers",
			"0:2",
			"--threshold-exp",
			"-3",
		);
		for (const { source: from, effect } of pinned["effects"] as { source: string; effect: number }[])
			expect([from, Math.abs(effect) > 1 / 8]).toEqual([source, true]);
		const several = await ask(
			"ablate",
			...own,
			"--corpus",
			corpus,
			"--sequences",
			"2",
			"--max-length",
			"6",
			"--layers",
			"0:2",
		);
		const counts = (several["effects"] as { count: number; position: number | null }[]).map(({ count }) => count);
		expect(new Set(counts)).toEqual(new Set([1, 2]));
		const long = join(root, "long.txt");
		writeFileSync(long, "abcdefgh".repeat(20));
		const cut = await ask("ablate", ...own, "--corpus", long, "--layers", "0:2", "--logit-tokens", "0");
		expect((cut["prompt"] as { tokens: string[] }).tokens).toHaveLength(64);
	});

	test("a threshold that leaves nothing says the largest effect", async () => {
		const { code, err } = await runScd(["ablate", ...own, "--prompt", "abcdef", "--threshold-exp", "9"]);
		expect([code, err]).toEqual([
			1,
			expect.stringMatching(/^scd: No effect is above 2\^9 = 512; the largest is [^\n]+\n$/),
		]);
	});
});

test("scd jacobian prints entries with both numbers", async () => {
	const result = await ask("jacobian", ...own, "--prompt", "abcd");
	const entries = result["entries"] as {
		source: string;
		target: string;
		position: number;
		jacobian: number;
		effect: number;
	}[];
	expect(entries.length).toBeGreaterThan(50);
	expect(new Set(entries.map(({ source }) => source.split(".")[0]))).toEqual(new Set(["resid_0", "resid_1"]));
	expect(entries.some(({ jacobian }) => jacobian < 0)).toBe(true);
	const last = await ask("jacobian", ...own, "--prompt", "abcd", "--last-position-only");
	expect(last["entries"]).toEqual(entries.filter(({ position }) => position === 3));
});

test("scd generate writes beside the unsteered text", async () => {
	const words = ["generate", ...own, "--prompt", "abc", "--tokens", "5", "--seed", "3"];
	const result = await ask(...words, "--ablate", "mlp_0.1", "--scale", "resid_0.2=3", "--clamp", "resid_1.3=4");
	const steps = result["steps"] as { steered: { token: string }; boosted: [string, number, number][] }[];
	expect(steps).toHaveLength(5);
	expect(result["steered"]).toBe(steps.map(({ steered }) => steered.token).join(""));
	for (const { boosted } of steps) for (const [, before, after] of boosted) expect(after).toBeGreaterThan(before);
	const idle = await runScd([...words, "--scale", "mlp_0.1=1"]);
	expect(idle.out).toMatch(/^ {3}1 {2}.* as before$/m);
	expect(idle.out).not.toMatch(/likelier|less/);
	const none = await runScd(words);
	expect([none.code, none.err]).toEqual([2, "scd: No feature is changed. Name one to ablate, scale or clamp.\n"]);
	expect((await runScd([...words, "--scale", "mlp_0.1"])).code).toBe(2);
});

test("scd collect gathers once; features then have contexts, thresholds and companions, and choose nodes", async () => {
	const before = await runScd(["trace", ...own, "--prompt", "abcdef", "--percentile", "50"]);
	expect([before.code, before.err]).toEqual([1, expect.stringMatching(/scd collect/)]);
	const words = ["collect", ...own, "--corpus", corpus, "--max-length", "16", "--view", "2"];
	const first = await ask(...words);
	expect(first).toMatchObject({
		sequences: 7,
		resumed_sequences: 0,
		notes: [expect.stringMatching(/^2 documents longer/)],
	});
	expect(await ask(...words)).toMatchObject({ sequences: 7, resumed_sequences: 7, tokens: first["tokens"] });
	const { features } = (await ask("features", "mlp_0.3", ...own, "--percentile", "90")) as {
		features: { threshold: number; co_firing: { id: string; overlap: number }[]; histogram: { counts: number[] } }[];
	};
	const [feature] = features;
	expect(feature?.threshold).toBeGreaterThanOrEqual(0);
	expect(feature?.histogram.counts).toHaveLength(20);
	expect(feature?.co_firing[0]?.id).toMatch(/^mlp_0\.\d+$/);
	const chosen = await ask("trace", ...own, "--prompt", "abcdef", "--percentile", "80", "--keep-unconnected");
	expect((chosen["nodes"] as unknown[]).length).toBeGreaterThan(10);
});

test("bytes that are no text are told with their place", async () => {
	const bad = join(root, "bad.txt");
	writeFileSync(bad, Buffer.concat([Buffer.from("good text here\n\n"), Buffer.from([0xc3, 0x28, 0x61])]));
	const { code, err } = await runScd(["collect", ...own, "--corpus", bad, "--max-length", "16"]);
	expect([code, err]).toEqual([1, expect.stringMatching(/bad\.txt is not UTF-8: byte 1 of line 3 \(offset 16 of the/)]);
});

test("clusters are found, stored and traced; prompts of a file give a consensus", async () => {
	const { report, clusters } = (await ask(
		...["cluster", "--model", model, "--db", database, "--corpus", corpus, "--site", "resid_1"],
		...["--clusters", "3", "--positions", "60", "--max-length", "16"],
	)) as { report: number; clusters: { size: number }[] };
	expect(clusters.reduce((sum, { size }) => sum + size, 0)).toBe(60);
	const traced = await ask("consensus", ...own, "--cluster", `${report}:0`, "--limit", "3", "--at-least", "0.6");
	expect((traced["consensus"] as { prompts: string[] }).prompts).toHaveLength(3);
	const joined = (await ask("consensus", ...own, "--prompts", prompts, "--at-least", "1")) as {
		nodes: { id: string }[];
		consensus: {
			prompts: string[];
			nodes: { id: string; count: number; share: number; mean: number; spread: number }[];
		};
	};
	expect(joined.consensus.prompts).toEqual(["abcdef", "abcdeg", "bbcdef"]);
	const always = joined.consensus.nodes.filter(({ share }) => share === 1).map(({ id }) => id);
	expect(joined.nodes.map(({ id }) => id).sort()).toEqual(always.sort());
	expect(always.length).toBeGreaterThan(3);
	const none = await runScd(["consensus", ...own, "--cluster", "99:0"]);
	expect([none.code, none.err]).toEqual([1, expect.stringMatching(/no cluster 99:0/)]);
});

test("a trained dictionary can be compared and traced with", async () => {
	const output = join(root, "trained");
	const trained = await ask(
		...["train-sae", "--model", model, "--db", database, "--site", "mlp_1", "--corpus", corpus, "-o", output],
		...["--features", "20", "--k", "4", "--steps", "30", "--batch", "32", "--max-length", "16"],
	);
	expect(trained).toMatchObject({ resumed_at: 0, quality: { site: "mlp_1", features: 20 } });
	const { dictionaries: compared } = (await ask(
		...["compare-saes", "--bos", "on", "--model", model, "--saes", output, "--saes", join(dictionaries, "1.mlp_out")],
		...["--corpus", corpus, "--max-length", "16"],
	)) as { dictionaries: { name: string; loss: number }[] };
	expect(compared.map(({ name }) => name)).toEqual(["trained", "1.mlp_out"]);
	expect(compared[0]?.loss).toBeCloseTo(compared[1]?.loss ?? 0, 6);
	const circuit = await ask("trace", "--model", model, "--saes", output, "--db", database, "--prompt", "abcdef");
	expect((circuit["nodes"] as unknown[]).length).toBeGreaterThan(3);
});

describe("moving over from the seed", () => {
	const config = join(root, "central_config.yaml");
	const write = (more: string) =>
		writeFileSync(
			config,
			`ACTS_LAYERS_SLICE: "0:2"\nPROMPT: "abcdef"\nMODEL_DIR: ${JSON.stringify(model)}\nDATASET: ${JSON.stringify(corpus)}\n${more}`,
		);
	const read = async (...words: string[]) => {
		const { code, out, err } = await runScd([
			...words,
			"--saes",
			dictionaries,
			"--db",
			database,
			"--config",
			config,
			"--json",
		]);
		expect({ code, err }).toMatchObject({ code: 0 });
		return { result: JSON.parse(out) as Record<string, unknown>, err };
	};

	test("its configuration serves trace, ablate and validate, and options win", async () => {
		const picture = join(root, "grads.png");
		write(`NUM_DOWN_NODES: 3\nNUM_UP_NODES: 2\nWEIGHT_DECAY: 3\nGRADS_FILE: ${JSON.stringify(picture)}\n`);
		const traced = await read("trace");
		expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
		expect(traced.err).toMatch(/WEIGHT_DECAY is not used here and was left aside/);
		const layers = (traced.result["nodes"] as { layer: number | null }[]).map(({ layer }) => layer);
		expect(Math.max(...layers.map(Number))).toBe(1);
		const other = await read("trace", "--prompt", "gfedcba");
		expect(other.result["prompt"]).toMatchObject({ text: "gfedcba" });
		write("THRESHOLD_EXP: -4\nLOGIT_TOKENS: 2\nSEED: 3\nINIT_THINNING_FACTOR: 0.5\n");
		const ablated = (await read("ablate")).result["effects"] as { effect: number }[];
		for (const { effect } of ablated) expect(Math.abs(effect)).toBeGreaterThan(1 / 16);
		write("VALIDATION_DIMS_PINNED:\n  0: [1, 2]\n  1: [3]\nNUM_SEQUENCES_EVALED: 2\nMAX_SEQ_LEN: 10\n");
		expect((await read("validate")).result).toMatchObject({ sequences: 2 });
	});

	test("its graphs are imported with where they come from", async () => {
		const dot = join(root, "old_graph.dot");
		writeFileSync(dot, 'digraph { "resid_0.1" -> "resid_1.2" [color="#ff0000ff"]; }');
		expect(await ask("import", dot, "--db", database)).toMatchObject({ circuit: "old-graph", nodes: 2, edges: 1 });
		const shown = await ask("circuits", "show", "old-graph", "--db", database);
		expect(shown).toMatchObject({
			edges: [{ source: "resid_0.1", target: "resid_1.2", weight: 1 }],
			history: [{ label: "Imported from old_graph.dot" }],
		});
		const wrong = await runScd(["import", config, "--db", database]);
		expect([wrong.code, wrong.err]).toEqual([
			1,
			expect.stringMatching(/central_config.yaml is of a kind that holds no circuit/),
		]);
		expect(readFileSync(config, "utf8")).toContain("ACTS_LAYERS_SLICE");
	});
});
