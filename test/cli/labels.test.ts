import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { publishFeature, startNeuronpedia } from "../hub/fake-neuronpedia.ts";
import { explanation, writeRows } from "../import/pack-files.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-labels-cli-"));
const model = join(root, "model");
const dictionaries = join(root, "saes");
const pack = join(root, "pack");
const database = ["--db", join(root, "scd.sqlite")];
const run = (...words: string[]) => runScd([...words, ...database]);
const sources = { mlp_out: "0-mlp-own", resid_post: "0-res-own" } as const;

beforeAll(async () => {
	writeRandomModel(model, { layers: 1, heads: 2, width: 12, vocabularySize: 257 });
	for (const [hook, source] of Object.entries(sources)) {
		const folder = join(dictionaries, hook);
		writeRandomDictionary(folder, `blocks.0.hook_${hook}`, { dIn: 12, dSae: 30, kind: "standard", seed: hook.length });
		const path = join(folder, "cfg.json");
		const config = JSON.parse(readFileSync(path, "utf8")) as object;
		writeFileSync(path, JSON.stringify({ ...config, neuronpedia_id: `gpt2-small/${source}` }));
		writeRows(
			join(pack, source, "explanations/batch-0.jsonl.gz"),
			Array.from({ length: 30 }, (_, i) => explanation(source, i, `words about <${source}> ${i}`)),
		);
	}
	const traced = await run(
		...["trace", "--model", model, "--saes", dictionaries, "--prompt", "abcdef", "--circuit", "c", "--json"],
	);
	expect(traced.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

describe("scd labels", () => {
	test("imports a pack for a folder of dictionaries, lists what is known, and does nothing twice", async () => {
		const before = await run("labels", "--saes", dictionaries);
		expect(before).toMatchObject({
			code: 0,
			out: expect.stringMatching(/^Nothing is stored yet of 2 published sources/),
		});
		const imported = await run("labels", "--saes", dictionaries, "--from", pack, "--json");
		expect([imported.code, imported.err]).toEqual([0, ""]);
		expect(JSON.parse(imported.out)).toMatchObject({ files: 2, labels: 60, notes: [] });
		const again = await run("labels", "--saes", dictionaries, "--from", pack);
		expect(again.out).toMatch(/^0 new labels.*\n2 of the files had been read before/);
		const listed = await run("labels", "--saes", dictionaries, "--json");
		expect(JSON.parse(listed.out)).toMatchObject({
			sources: [
				{ source: "gpt2-small/0-mlp-own", labels: 30 },
				{ source: "gpt2-small/0-res-own", labels: 30 },
			],
		});
	});

	test("refuses in one sentence a pack of other dictionaries, an unknown release and a model without any", async () => {
		const fresh = ["--db", join(root, "fresh.sqlite")];
		const foreign = await runScd(["labels", "gpt2", "--saes", "res-jb", "--from", pack, ...fresh]);
		expect([foreign.code, foreign.err]).toEqual([
			1,
			expect.stringMatching(
				/^scd: Nothing was imported\. 60 lines left out .*gpt2-small\/0-mlp-own, gpt2-small\/0-res-own\.\n$/,
			),
		]);
		expect(await run("labels", "gpt2", "--saes", "res-bj")).toMatchObject({
			code: 1,
			err: expect.stringContaining('There is no release "res-bj"'),
		});
		expect(await run("labels", "gpt3")).toMatchObject({ code: 1, err: expect.stringContaining("gpt3") });
		expect((await run("labels", "--from", pack, "--circuit", "c")).code).toBe(2);
	});
});

describe("scd labels, asking Neuronpedia", () => {
	test("asks once for a circuit's features and stores every answer, also that there is none", async () => {
		const fake = await startNeuronpedia();
		try {
			fake.key = "sk-np-secret";
			const asking = ["labels", "--circuit", "c", "--json", "--db", join(root, "asked.sqlite")];
			const env = { NEURONPEDIA_URL: fake.url, NEURONPEDIA_API_KEY: fake.key };
			await runScd([
				"trace",
				"--model",
				model,
				"--saes",
				dictionaries,
				"--prompt",
				"abcdef",
				"--circuit",
				"c",
				"--db",
				join(root, "asked.sqlite"),
			]);
			const store = new Store(join(root, "asked.sqlite"));
			const features = store.circuits.load("c").nodes.filter(({ kind }) => kind === "feature");
			store.dispose();
			const distinct = new Set(features.map(({ id }) => id.replace(/@.*/, "")));
			const some = features.find(({ site }) => site === "mlp");
			publishFeature(fake, "0-mlp-own", some?.feature ?? 0, "time of day");
			const first = await runScd(asking, { env });
			expect([first.code, first.err]).toEqual([0, ""]);
			expect(JSON.parse(first.out)).toMatchObject({
				asked: distinct.size,
				found: 1,
				known: 0,
				notes: [],
				labels: [{ id: `mlp_0.${some?.feature}`, text: "time of day", source: "gpt2-small/0-mlp-own" }],
			});
			const asked = fake.requests.length;
			const again = await runScd(asking, { env });
			expect(JSON.parse(again.out)).toMatchObject({ asked: 0, known: distinct.size });
			expect(fake.requests).toHaveLength(asked);
			const refreshed = await runScd([...asking, "--refresh"], { env });
			expect(JSON.parse(refreshed.out)).toMatchObject({ asked: distinct.size, found: 1 });
			expect(readFileSync(join(root, "asked.sqlite")).includes("sk-np-secret")).toBe(false);
			const refused = await runScd([...asking, "--refresh"], { env: { ...env, NEURONPEDIA_API_KEY: "sk-np-wrong" } });
			expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/^scd: 127\.0\.0\.1:\d+ refused the key/)]);
			expect(refused.err).not.toContain("sk-np-wrong");
			const one = await runScd(
				["labels", "--saes", dictionaries, "--features", `mlp_0.${some?.feature}`, "--db", join(root, "one.sqlite")],
				{ env },
			);
			expect(one.out).toMatch(/^1 feature asked for.*\n {2}mlp_0\.\d+ +time of day\n$/);
			const offline = await runScd([...asking, "--refresh"], {
				env: { ...env, NEURONPEDIA_URL: "http://127.0.0.1:9" },
			});
			expect([offline.code, offline.err]).toEqual([1, expect.stringMatching(/cannot be reached|broke/)]);
		} finally {
			await fake.dispose();
		}
	});
});

describe("labels in exports", () => {
	test("a person's label wins over a published one, and both are in every format", async () => {
		const store = new Store(database[1] as string);
		const node = store.circuits.load("c").nodes.find(({ kind }) => kind === "feature");
		const id = (node?.id ?? "").replace(/@.*/, "");
		const label = { labels: { added: [{ id, text: "my <own> word" }], updated: [], removed: [] } };
		store.edits.edit("c", label, "Label feature", "edit-number-one");
		const features = store.circuits.load("c").nodes.filter(({ kind }) => kind === "feature");
		store.dispose();
		const json = JSON.parse((await run("export", "c", "--format", "json")).out) as {
			nodes: { id: string; kind: string; label?: string; label_by?: string; feature: number; site: string }[];
		};
		const labelled = json.nodes.filter(({ label: text }) => text !== undefined);
		expect(labelled).toHaveLength(features.length);
		for (const one of labelled) {
			const source = one.site === "mlp" ? "0-mlp-own" : "0-res-own";
			const mine = one.id.startsWith(`${id}@`);
			expect([one.label, one.label_by]).toEqual(
				mine
					? ["my <own> word", "person"]
					: [`words about <${source}> ${one.feature}`, `neuronpedia:gpt2-small/${source}`],
			);
		}
		const dot = (await run("export", "c", "--format", "dot")).out;
		expect(dot).toContain("<td>my &#60;own&#62; word</td>");
		expect(dot.match(/<td><i>words about &#60;0-/g)?.length).toBe(
			features.filter((one) => !one.id.startsWith(`${id}@`)).length,
		);
		const unlabelled = features.find((one) => !one.id.startsWith(`${id}@`))?.id.replace(/@.*/, "") ?? "";
		const told = await run("features", unlabelled, "--model", model, "--saes", dictionaries);
		expect(told.out).toMatch(/\n {2}words about <0-\w+-own> \d+ \(gpt2-small\/0-\w+-own\)\n/);
		const svg = (await run("export", "c", "--format", "svg")).out;
		expect(svg).toContain("my &#60;own&#62; word");
		// Letters are drawn as outlines; what a card is called is its title.
		expect(svg.match(/<title>[^<]*words about /g)?.length).toBeGreaterThan(0);
		const traced = await run(...["trace", "--model", model, "--saes", dictionaries, "--prompt", "abcdef", "--json"]);
		const nodes = (JSON.parse(traced.out) as typeof json).nodes.filter(({ kind }) => kind === "feature");
		expect(nodes.map(({ label_by }) => label_by === "person")).toEqual(nodes.map((one) => one.id.startsWith(`${id}@`)));
	});
});
