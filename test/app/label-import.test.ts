import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { importLabels } from "../../main/app/label-import.ts";
import { openPackFile } from "../../main/import/pack-lines.ts";
import { Store } from "../../main/store/store.ts";
import { activation, explanation, figures, writeRows } from "../import/pack-files.ts";

const source = { model: "gpt2-small", name: "6-res-jb" };
const other = { model: "gpt2-small", name: "7-res-jb" };
let folder: string;
let store: Store;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "scd-labels-"));
	store = new Store(join(folder, "scd.sqlite"));
});
afterEach(() => {
	store.dispose();
	rmSync(folder, { recursive: true, force: true });
});

const place = (...parts: string[]) => join(folder, "pack", ...parts);
const importAll = (paths = [place()], sources = ["gpt2-small/6-res-jb", "gpt2-small/7-res-jb"]) =>
	importLabels(store, paths, {
		sources: new Set(sources),
		signal: new AbortController().signal,
		progress: () => {},
	});

test("a pack's explanations, figures and activations become labels and facts of the source that its rows name", async () => {
	writeRows(place("6-res-jb/explanations/batch-0.jsonl.gz"), [
		explanation("6-res-jb", 3, " references to time"),
		explanation("6-res-jb", 3, "clocks", {
			explanationModelName: "claude",
			scores: [{ value: 0.25 }, { value: 0.75 }],
		}),
		explanation("6-res-jb", 10, 'quotes "embedding": "[1]" — é 日本'),
	]);
	writeRows(place("7-res-jb/explanations/batch-0.jsonl"), [explanation("7-res-jb", 3, "something else")]);
	writeRows(place("6-res-jb/features/batch-0.jsonl.gz"), [figures("6-res-jb", 3)]);
	writeRows(place("6-res-jb/model.jsonl"), [{ id: "gpt2-small" }]);
	const long = Array.from({ length: 40 }, (_, i) => `t${i}`);
	writeRows(place("6-res-jb/activations/batch-0.jsonl.gz"), [
		activation("6-res-jb", 3, ["a", " b", " c"], [0, 2, 1]),
		activation("6-res-jb", 4, ["x"], [1]),
		activation(
			"6-res-jb",
			3,
			long,
			long.map((_, i) => (i === 20 ? 4.5 : 0)),
		),
		activation("6-res-jb", 3, ["a", " b", " c"], [0, 2, 1]),
		activation("6-res-jb", 5, ["x"], [0]),
	]);
	const summary = await importAll();
	expect(summary).toMatchObject({
		files: 4,
		read: 4,
		known: 0,
		labels: 4,
		facts: 2,
		sources: ["gpt2-small/6-res-jb", "gpt2-small/7-res-jb"],
		notes: [],
	});
	const labels = store.published.labels(source, [3, 4, 10]);
	expect([...labels].map(([feature, { text }]) => [feature, text])).toEqual([
		[3, "clocks"],
		[10, 'quotes "embedding": "[1]" — é 日本'],
	]);
	expect(labels.get(3)?.source).toBe("gpt2-small/6-res-jb");
	expect(store.published.labels(other, [3]).get(3)?.text).toBe("something else");
	expect(store.published.know(source, 3).explanations).toMatchObject([
		{ text: "clocks", model: "claude", method: "oai_token-act-pair", score: 0.75 },
		{ text: "references to time", model: "gpt-4o-mini" },
	]);
	const facts = store.published.facts(source, [3, 4, 5]);
	expect([...facts.keys()]).toEqual([3, 4]);
	const { contexts, histogram, ...rest } = facts.get(3) ?? {};
	expect(rest).toMatchObject({
		frequency: 0.0125,
		maxActivation: 4.5,
		raises: [
			{ token: " one", effect: 1.5 },
			{ token: " two", effect: 1.25 },
		],
		lowers: [
			{ token: " four", effect: -0.75 },
			{ token: " three", effect: -0.5 },
		],
		origin: { kind: "neuronpedia", source: "gpt2-small/6-res-jb" },
	});
	expect(histogram).toEqual({ max: 2.5, counts: [0, 40, 20, 0, 2] });
	expect(contexts?.map(({ tokens, peak }) => [tokens.length, peak])).toEqual([
		[21, 10],
		[3, 1],
	]);
	expect(facts.get(4)).toMatchObject({ maxActivation: 1, raises: [], frequency: 0 });
	expect(store.published.list()).toMatchObject([
		{ source: "gpt2-small/6-res-jb", labels: 3, facts: 2 },
		{ source: "gpt2-small/7-res-jb", labels: 1, facts: 0 },
	]);
});

test("the same pack again adds nothing and is passed over unread; more files add what they have", async () => {
	const first = writeRows(place("a/batch-0.jsonl.gz"), [explanation("6-res-jb", 1, "one")]);
	await importAll();
	writeRows(place("a/batch-1.jsonl.gz"), [explanation("6-res-jb", 2, "two"), explanation("6-res-jb", 1, "one")]);
	expect(await importAll()).toMatchObject({ files: 2, read: 1, known: 1, labels: 1 });
	expect(await importAll([first])).toMatchObject({ read: 0, known: 1, labels: 0, notes: [] });
	expect(store.published.list()).toMatchObject([{ labels: 2 }]);
});

test("a damaged file gives nothing at all, lines that are none are counted, and the rest is used", async () => {
	const rows = Array.from({ length: 2000 }, (_, i) => explanation("6-res-jb", i, `label ${i}`));
	const damaged = writeRows(place("batch-1.jsonl.gz"), rows);
	const bytes = readFileSync(damaged);
	writeFileSync(damaged, bytes.subarray(0, bytes.length - 2000));
	writeRows(place("batch-2.jsonl.gz"), [
		explanation("6-res-jb", 7, "seven"),
		"{ not json",
		"[1, 2]",
		"",
		explanation("6-res-jb", "x", "no number"),
		explanation("6-res-jb", "-4", "negative"),
		explanation("6-res-jb", 8, "  "),
	]);
	const summary = await importAll();
	expect(summary).toMatchObject({ files: 2, read: 1, labels: 1 });
	expect(summary.notes).toEqual([
		expect.stringMatching(/^1 file could not be read whole and left out: .*batch-1\.jsonl\.gz\. Download/),
		"4 lines left out that name no feature or are no JSON.",
	]);
	expect([
		...store.published
			.labels(
				source,
				rows.map((_, i) => i),
			)
			.keys(),
	]).toEqual([7]);
});

test("rows of another model or source are left out and named, and are read later where they are wanted", async () => {
	writeRows(place("batch-0.jsonl.gz"), [
		explanation("6-res-jb", 1, "mine"),
		explanation("7-res-jb", 1, "another layer"),
		explanation("20-gemmascope-res-16k", 1, "another model", { modelId: "gemma-2-2b" }),
	]);
	const summary = await importAll([place()], ["gpt2-small/6-res-jb"]);
	expect(summary.notes).toEqual([
		"2 lines left out that belong to other dictionaries: gpt2-small/7-res-jb, gemma-2-2b/20-gemmascope-res-16k.",
	]);
	expect(store.published.labels(other, [1]).size).toBe(0);
	expect(await importAll()).toMatchObject({ read: 1, labels: 1 });
	await expect(importAll([place()], ["gpt2-small/0-res-jb"])).rejects.toMatchObject({
		code: "mismatch",
		message: expect.stringMatching(/^Nothing was imported\. 3 lines .*gpt2-small\/6-res-jb/),
	});
});

test("a place without a pack is refused, and a stopped import goes on where it was", async () => {
	await expect(importAll([place("nowhere")])).rejects.toMatchObject({ code: "not-found" });
	writeRows(place("readme.txt"), ["nothing"]);
	await expect(importAll()).rejects.toMatchObject({ code: "not-found" });
	for (let file = 0; file < 6; file++)
		writeRows(place(`batch-${file}.jsonl.gz`), [explanation("6-res-jb", file, `label ${file}`)]);
	const controller = new AbortController();
	const stopped = importLabels(store, [place()], {
		sources: new Set(["gpt2-small/6-res-jb"]),
		signal: controller.signal,
		progress: ({ done }) => done === 3 && controller.abort(),
	});
	await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
	expect(await importAll()).toMatchObject({ known: 3, read: 3, labels: 3 });
});

test("a file too large for memory is read in pieces, gives the same lines, and where it is damaged gives none", async () => {
	const rows = Array.from({ length: 700 }, (_, i) => explanation("6-res-jb", i, `label ${i} é`));
	const path = writeRows(place("all.jsonl.gz"), rows);
	const never = new AbortController().signal;
	const readAll = async (inMemory?: number) => {
		const texts: string[] = [];
		const file = await openPackFile(path, never, inMemory);
		for await (const lines of file.lines()) for (const line of lines) texts.push(line.toString("utf8"));
		return texts;
	};
	const streamed = await readAll(1000);
	expect(streamed).toHaveLength(700);
	expect(streamed).toEqual(await readAll());
	expect(JSON.parse(streamed[699] as string)).toMatchObject({ index: "699", description: "label 699 é" });
	const bytes = readFileSync(path);
	bytes[bytes.length - 6] = (bytes[bytes.length - 6] as number) ^ 1;
	writeFileSync(path, bytes);
	for (const inMemory of [1000, undefined])
		await expect(readAll(inMemory)).rejects.toMatchObject({
			code: "bad-file",
			message: expect.stringMatching(/is damaged/),
		});
});

test("what an answer said is replaced by the next, packs stay, and what is unknown is not asked again", () => {
	const { published } = store;
	const batch = published.startBatch("pack");
	published.savePack(batch, source, [{ feature: 1, explanations: [{ text: "from a pack" }] }]);
	expect(published.listUnasked(source, [1, 2, 3])).toEqual([1, 2, 3]);
	published.saveAnswers(source, [1, 2], [{ feature: 1, explanations: [{ text: "old", score: 1 }] }]);
	expect(published.listUnasked(source, [1, 2, 3])).toEqual([3]);
	expect(published.labels(source, [1, 2]).get(1)?.text).toBe("old");
	published.saveAnswers(source, [1], [{ feature: 1, explanations: [{ text: "new", score: 1 }] }]);
	expect(published.know(source, 1).explanations.map(({ text }) => text)).toEqual(["new", "from a pack"]);
	expect(published.know(source, 2)).toMatchObject({ explanations: [], askedAt: expect.any(Number) });
	expect(published.list()).toMatchObject([{ labels: 2, asked: 2 }]);
});
