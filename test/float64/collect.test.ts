import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { App } from "../../main/app/app.ts";
import { runCollection } from "../../main/app/collect-job.ts";
import { measureThreshold, measureThresholds, readCoFiring } from "../../main/app/collected-features.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { encode, type OracleDictionary } from "./dictionary.ts";
import { runGpt2 } from "./gpt2.ts";
import { tokenize } from "./random-model.ts";
import { writeScenario } from "./scenario.ts";
import { at, type Matrix, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-collect-"));
afterAll(() => rmSync(root, { recursive: true }));

const documents = ["abcdefabcdefgh", "hgfe", "aabbccddee", "hgfe", "dcba"];
const length = 8;
const windows = documents.flatMap((text) =>
	Array.from({ length: Math.ceil(text.length / length) }, (_, i) => tokenize(text.slice(i * length, (i + 1) * length))),
);

describe.each([
	["relu", {}],
	["topk on layer norm", { kind: "topk" as const, normalize: "layer_norm" as const }],
	["abstopk, by size", { kind: "abstopk" as const }],
])("what is gathered equals float64: %s", (name, options) => {
	const { request, oracle } = writeScenario(join(root, name.replace(/\W+/g, "-")), {
		seed: 30 + name.length,
		dictionaries: ["0.hook_mlp_out", "1.hook_resid_post"].map((hook) => ({ hook: `blocks.${hook}`, ...options })),
	});
	const corpus = join(root, `${name}.txt`);
	writeFileSync(corpus, documents.join("\n\n"));
	const choice = {
		modelDir: request.modelDir,
		dictionaryDirs: request.dictionaryDirs,
		provider: "cpu" as const,
		corpus,
		maxLength: length,
	};
	const app = new App(join(root, `${name}.sqlite`));
	afterAll(() => app.dispose());
	const asked = { contexts: 3, view: 2, signal: new AbortController().signal, progress() {} };
	/** `[window][token][feature]` */
	const activations = new Map<OracleDictionary, readonly Matrix[]>();
	beforeAll(async () => {
		for (const dictionary of oracle.dictionaries)
			activations.set(
				dictionary,
				windows.map((ids) => {
					const { sites } = runGpt2(oracle.model, ids);
					return encode(dictionary, sites.get(dictionary.site)?.computed as Variable).value;
				}),
			);
		const outcome = await runCollection(app, choice, asked);
		expect(outcome).toMatchObject({ sequences: windows.length, tokens: documents.join("").length, resumed: 0 });
		expect(outcome.notes).toEqual(["2 documents longer than a sequence were parted into several."]);
	});
	/** Every activation of a feature, window by window. */
	const valuesOf = (dictionary: OracleDictionary, feature: number) =>
		(activations.get(dictionary) ?? []).map((m) => Array.from({ length: m.rows }, (_, t) => at(m, t, feature)));

	test("frequency, largest, histogram, contexts, thresholds of every feature", () => {
		for (const [i, dictionary] of oracle.dictionaries.entries()) {
			const { hash, dSae } = loadDictionary(request.dictionaryDirs[i] ?? "");
			const facts = app.store.facts.load(hash, [...Array(dSae).keys()]);
			const thresholds = measureThresholds(app.store, hash, 90);
			for (let feature = 0; feature < dSae; feature++) {
				const rows = valuesOf(dictionary, feature);
				const all = rows.flat();
				const found = facts.get(feature);
				const active = all.filter((value) => value !== 0);
				const size = (a: number, b: number) => Math.abs(b) - Math.abs(a);
				const largest = all.toSorted(size)[0] ?? 0;
				const most = Math.abs(largest);
				expect(found?.frequency).toBeCloseTo(active.length / all.length, 10);
				expect(found?.maxActivation).toBeCloseTo(largest, 4);
				expect(found?.histogram?.counts.reduce((a, b) => a + b, 0) ?? 0).toBe(active.length);
				// Stored to four digits.
				if (active.length > 0) expect((found?.histogram?.max ?? 0) / most).toBeCloseTo(1, 3);
				const sorted = all.map(Math.abs).sort((a, b) => a - b);
				const rank = 0.9 * (all.length - 1);
				const [low, high] = [sorted[Math.floor(rank)] ?? 0, sorted[Math.ceil(rank)] ?? 0];
				const expected = low + (rank - Math.floor(rank)) * (high - low);
				expect(thresholds?.[feature]).toBeCloseTo(expected, 4);
				expect(measureThreshold(app.store, hash, feature, 90)).toBeCloseTo(expected, 4);
				const peaks = rows
					.map((row) => row.map(Math.abs))
					.map((row, window) => ({ window, value: Math.max(...row), at: row.indexOf(Math.max(...row)) }))
					.filter(({ value }) => value > 0)
					.sort((a, b) => b.value - a.value);
				const passages = new Set<string>();
				const contexts = peaks.flatMap(({ window, at: peak }) => {
					const ids = windows[window] ?? [];
					const [from, to] = [Math.max(0, peak - 2), Math.min(ids.length, peak + 3)];
					const text = ids.slice(from, to).map((id) => String.fromCharCode(id));
					if (passages.has(text.join())) return [];
					passages.add(text.join());
					return [{ tokens: text, activations: rows[window]?.slice(from, to) ?? [], peak: peak - from }];
				});
				expect(found?.contexts.map(({ tokens, peak }) => [tokens, peak])).toEqual(
					contexts.slice(0, 3).map(({ tokens, peak }) => [tokens, peak]),
				);
				for (const [j, context] of (found?.contexts ?? []).entries())
					for (const [t, value] of context.activations.entries())
						expect(Math.abs(value - (contexts[j]?.activations[t] ?? Number.NaN))).toBeLessThan(1e-2 * most);
			}
		}
	});

	test("features that fire on the same tokens", () => {
		const [dictionary] = oracle.dictionaries as [OracleDictionary];
		const { hash, dSae } = loadDictionary(request.dictionaryDirs[0] ?? "");
		const active = (feature: number) =>
			valuesOf(dictionary, feature)
				.flat()
				.map((value) => value !== 0);
		const feature = Array.from({ length: dSae }, (_, f) => f).find((f) => active(f).filter(Boolean).length > 3) ?? 0;
		const own = active(feature);
		const expected = Array.from({ length: dSae }, (_, other) => {
			const theirs = active(other);
			const both = own.filter((on, i) => on && theirs[i]).length;
			const either = own.filter((on, i) => on || theirs[i]).length;
			return { feature: other, count: both, overlap: both / either };
		}).filter((one) => one.feature !== feature && one.count > 0);
		const found = readCoFiring(app.store, hash, feature, 1000);
		const order = (list: readonly { feature: number }[]) => list.toSorted((a, b) => a.feature - b.feature);
		expect(order(found)).toEqual(order(expected));
		expect(found.map(({ overlap }) => overlap)).toEqual(found.map(({ overlap }) => overlap).sort((a, b) => b - a));
	});

	test("asked again, nothing is read again", async () => {
		const again = await runCollection(app, choice, asked);
		expect(again).toMatchObject({ resumed: windows.length, sequences: windows.length, tokensPerSecond: 0 });
	});
});

test("a run that was stopped goes on where it stopped and ends with the same", async () => {
	const { request } = writeScenario(join(root, "stopped"), {
		seed: 8,
		dictionaries: [{ hook: "blocks.0.hook_mlp_out" }],
	});
	const corpus = join(root, "long.txt");
	const text = Array.from({ length: 3000 }, (_, i) => "abcdefgh".slice(i % 5) + "hgfedcba".slice(i % 3)).join("\n\n");
	writeFileSync(corpus, text);
	const { modelDir, dictionaryDirs } = request;
	const choice = { modelDir, dictionaryDirs, provider: "cpu" as const, corpus, maxLength: 16 };
	const gather = async (database: string, stopAfter: number) => {
		const app = new App(database);
		const controller = new AbortController();
		try {
			return await runCollection(app, choice, {
				contexts: 3,
				view: 2,
				signal: controller.signal,
				progress: ({ done }) => void (done > stopAfter && controller.abort()),
			});
		} finally {
			app.dispose();
		}
	};
	const [whole, parted] = [join(root, "whole.sqlite"), join(root, "parted.sqlite")];
	const expected = await gather(whole, Number.POSITIVE_INFINITY);
	await expect(gather(parted, 20_000)).rejects.toMatchObject({ code: "cancelled" });
	const outcome = await gather(parted, Number.POSITIVE_INFINITY);
	expect(outcome).toMatchObject({ sequences: expected.sequences, tokens: expected.tokens });
	expect(outcome.resumed).toBeGreaterThan(100);
	const { hash, dSae } = loadDictionary(dictionaryDirs[0] ?? "");
	const facts = [whole, parted].map((path) => {
		const app = new App(path);
		const found = app.store.facts.load(hash, [...Array(dSae).keys()]);
		app.dispose();
		return [...found.values()].map(({ frequency, histogram }) => ({ frequency, counts: histogram?.counts }));
	});
	expect(facts[1]).toEqual(facts[0]);
});
