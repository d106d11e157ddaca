import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkDictionary } from "../../main/circuits/dictionary-check.ts";
import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { type OracleModel, runGpt2 } from "./gpt2.ts";
import { endOfText, tokenize } from "./random-model.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { at, fill, leaf, type Matrix, rowOf, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-check-float64-"));
afterAll(() => rmSync(root, { recursive: true }));

const documents = ["abcdefgh", "hgfedcba", "aabbccdd", "the cat sat", "on a mat"];
const corpus = join(root, "corpus.txt");
writeFileSync(corpus, documents.join("\n\n"));

const lossOf = (logits: Matrix, ids: readonly number[]) =>
	ids.slice(1).reduce((sum, target, t) => {
		const total = Math.log(rowOf(logits, t).reduce((all, value) => all + Math.exp(value), 0));
		return sum + total - at(logits, t, target);
	}, 0);

/** L0, explained variance and dead share behind each sequence's first position; loss recovered over all positions. */
function measure(model: OracleModel, dictionary: OracleDictionary, bos: boolean) {
	const losses = [0, 0, 0];
	const rows: { x: Float64Array; missed: number; active: readonly boolean[] }[] = [];
	for (const text of documents) {
		const ids = [...(bos ? [endOfText] : []), ...tokenize(text)];
		const reconstruct = (x: Variable) => decode(dictionary, leaf(encode(dictionary, x).value), x);
		const replacements = [
			undefined,
			reconstruct,
			(x: Variable) => leaf(fill(x.value.rows, x.value.cols, () => 0)),
		] as const;
		for (const [i, replace] of replacements.entries()) {
			const run = runGpt2(model, ids, (site, x) => (site === dictionary.site ? replace?.(x) : undefined));
			losses[i] = (losses[i] as number) + lossOf(run.logits.value, ids);
		}
		const x = runGpt2(model, ids).sites.get(dictionary.site)?.computed as Variable;
		const [a, y] = [encode(dictionary, x).value, reconstruct(x).value];
		for (let t = 1; t < ids.length; t++) {
			const [own, back] = [rowOf(x.value, t), rowOf(y, t)];
			rows.push({
				x: own,
				missed: own.reduce((sum, value, i) => sum + (value - (back[i] as number)) ** 2, 0),
				active: Array.from(rowOf(a, t), (value) => value !== 0),
			});
		}
	}
	const mean = (i: number) => rows.reduce((sum, { x }) => sum + (x[i] as number), 0) / rows.length;
	const means = Array.from(rows[0]?.x ?? [], (_, i) => mean(i));
	const variance = rows.reduce(
		(sum, { x }) => sum + x.reduce((all, value, i) => all + (value - (means[i] as number)) ** 2, 0),
		0,
	);
	const [loss = 0, spliced = 0, zero = 0] = losses;
	const silent = Array.from(rows[0]?.active ?? [], (_, f) => rows.every(({ active }) => !active[f]));
	return {
		l0: rows.reduce((sum, { active }) => sum + active.filter(Boolean).length, 0) / rows.length,
		explained: 1 - rows.reduce((sum, { missed }) => sum + missed, 0) / variance,
		dead: silent.filter(Boolean).length / silent.length,
		recovered: (zero - spliced) / (zero - loss),
	};
}

const places: readonly (readonly [string, Scenario["dictionaries"][number]])[] = [
	["heads without value biases", { hook: "blocks.1.attn.hook_z", folds: "value biases and norm" }],
	["one head, with the text's beginning", { hook: "blocks.0.attn.hook_z", head: 1, folds: "value biases", bos: true }],
	["a centred stream", { hook: "blocks.0.hook_resid_post", centre: true, kind: "topk", bos: true }],
	["activations of both signs", { hook: "blocks.1.hook_mlp_out", kind: "abstopk" }],
];

describe.each(places)("what the doctor measures equals float64: %s", (name, place) => {
	const { request, oracle } = writeScenario(join(root, name.replace(/\W+/g, "-")), {
		seed: 20 + name.length,
		dictionaries: [place],
	});
	const [dictionary] = oracle.dictionaries as [OracleDictionary];
	const bos = place.bos ?? false;
	const asked = { modelDir: request.modelDir, dictionaryDir: request.dictionaryDirs[0] as string, corpus };

	test("as it is read, and with the text begun otherwise or the bias left in", async () => {
		const found = await checkDictionary({ ...asked, provider: "cpu" }, { progress() {}, pause: async () => {} });
		expect(found.bos).toBe(bos);
		const wanted = measure(oracle.model, dictionary, bos);
		for (const figure of ["l0", "explained", "dead"] as const)
			expect(found.measured[figure], figure).toBeCloseTo(wanted[figure], 3);
		// Zeros do little to these models, and it is a share of that little.
		expect(found.measured.recovered / wanted.recovered).toBeCloseTo(1, 3);
		const variants: readonly (readonly [string, OracleDictionary, boolean])[] = [
			[`--bos ${bos ? "off" : "on"}`, dictionary, !bos],
			["apply_b_dec_to_input: false in its configuration", { ...dictionary, applyDecoderBiasToInput: false }, bos],
			...(dictionary.offset
				? [["--value-biases kept", withoutOffset(dictionary), bos] as const]
				: [[`--center ${place.centre ? "off" : "on"}`, { ...dictionary, centre: !place.centre }, bos] as const]),
		];
		for (const [change, other, begun] of variants) {
			const alternative = found.alternatives.find((one) => one.change === change);
			const { l0, explained, dead } = measure(oracle.model, other, begun);
			expect(alternative?.l0, change).toBeCloseTo(l0, 3);
			expect(alternative?.explained, change).toBeCloseTo(explained, 3);
			expect(alternative?.dead, change).toBeCloseTo(dead, 3);
		}
	});
});

function withoutOffset({ offset: _, ...rest }: OracleDictionary): OracleDictionary {
	return rest;
}
