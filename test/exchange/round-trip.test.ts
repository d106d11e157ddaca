import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { App } from "../../main/app/app.ts";
import { buildCircuitPayload } from "../../main/app/exchange/build-circuit-file.ts";
import { importFile } from "../../main/app/exchange/import-file.ts";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { listFaults, neuronpediaGraph } from "./neuronpedia-rules.ts";
import { Draw, makeRandomCircuit, words } from "./random-circuit.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-round-"));
const path = (name: string) => join(folder, name);
const exact = ["json", "dot", "graphml", "html", "svg", "pdf", "png", "scd"] as const;
const seeds = [1, 3, 4];
/** Names of files are plain; those of circuits are not. */
const nameOf = (seed: number) =>
	seed === 1 ? `${"long ".repeat(39)}names` : `${seed} “${new Draw(seed).of(words.slice(2, 12))}”`.trim();

beforeAll(async () => {
	const store = new Store(path("mine.sqlite"));
	for (const seed of seeds) makeRandomCircuit(store, nameOf(seed), seed);
	store.dispose();
	const theirs = new Store(path("mine.sqlite"));
	writeFileSync(path("theirs.json"), JSON.stringify(theirGraph()));
	await importFile(theirs, { path: path("theirs.json") });
	theirs.dispose();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** −0 is 0 in JSON, and in SQLite. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

const theirGraph = () => {
	const draw = new Draw(99);
	const node = (node_id: string, feature_type: string, clerp: string) => {
		const [layer = "", , position] = node_id.split("_");
		return {
			node_id,
			feature: 1,
			layer,
			ctx_idx: Number(position),
			feature_type,
			jsNodeId: node_id,
			clerp,
			influence: draw.random(),
		};
	};
	return {
		metadata: {
			slug: "theirs",
			scan: "gemma-2-2b",
			prompt_tokens: ["<bos>", words[4]],
			prompt: words[4],
			more: { of: words },
		},
		qParams: {
			linkType: "both",
			pinnedIds: ["3_9_1"],
			supernodes: [[words[7], "3_9_1"]],
			clickedId: "",
			sg_pos: "1 2",
		},
		nodes: [
			node("E_5_1", "embedding", ""),
			node("3_9_1", "cross layer transcoder", words[5] ?? ""),
			node("16_-1_1", "mlp reconstruction error", ""),
			node("27_88_1", "logit", 'Output "a" (p=0.250)'),
		],
		links: [
			{ source: "E_5_1", target: "3_9_1", weight: 1e-300 },
			{ source: "3_9_1", target: "27_88_1", weight: -1 / 3 },
		],
	};
};

test.each([
	...seeds.map((seed) => [`made from ${seed}`, nameOf(seed)] as const),
	["of another program", "theirs"] as const,
])("a circuit %s comes back exactly from every form", { timeout: 240_000 }, async (_, name) => {
	const outputs = [...exact, "neuronpedia.json"].flatMap((ending) => ["-o", path(`x.${ending}`)]);
	const exported = await runScd(["export", name, "--db", path("mine.sqlite"), ...outputs]);
	expect(exported.code, exported.err).toBe(0);
	const mine = new App(path("mine.sqlite"));
	const database = path(`hers-${name.slice(0, 5).replace(/\W/g, "")}.sqlite`);
	const hers = new App(database);
	try {
		const expected = await buildCircuitPayload(mine, name);
		expect(JSON.parse(readFileSync(path("x.json"), "utf8"))).toEqual(asJson(expected));
		for (const ending of exact) {
			const [imported] = await importFile(hers.store, { path: path(`x.${ending}`) });
			expect(
				imported?.notes.filter((note) => !note.startsWith("There is a circuit")),
				ending,
			).toEqual([]);
			const again = await buildCircuitPayload(hers, imported?.circuit ?? "");
			expect(asJson({ ...again, name }), ending).toEqual(asJson(expected));
		}
		const graph = JSON.parse(readFileSync(path("x.neuronpedia.json"), "utf8"));
		if (name !== "theirs") expect(listFaults(neuronpediaGraph.parse(graph))).toEqual([]);
	} finally {
		mine.dispose();
		hers.dispose();
	}
});
