import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Conventions } from "#shared/conventions";
import { runPrompt } from "../../main/circuits/method-inputs.ts";
import { loadActiveSlice, loadSiteActivity } from "../../main/circuits/site-activity.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { type Dictionary, loadDictionary, seatDictionary } from "../../main/sae/dictionary.ts";
import { EncoderSession } from "../../main/sae/encoder-session.ts";
import { writeRandomDictionary } from "../float64/random-dictionary.ts";

/**
 * Dictionaries that sae-lens wrote, with its own activations and errors on what TransformerLens computes at their hooks,
 * its model processed as each configuration says.
 */
const folder = join(import.meta.dirname, "../fixtures/conventions");

interface Expected {
	readonly tokens: readonly number[];
	readonly dictionaries: Readonly<
		Record<
			string,
			{
				readonly activations: readonly (readonly number[])[];
				readonly errorNorms: readonly number[];
				readonly normFactor?: number;
			}
		>
	>;
}
const { tokens, dictionaries } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Expected;
const model = loadLanguageModel(join(folder, "model"));
const copies = mkdtempSync(join(tmpdir(), "scd-conventions-"));
afterAll(() => rmSync(copies, { recursive: true }));

async function read(dir: string, conventions?: Conventions) {
	const dictionary = seatDictionary(loadDictionary(dir, conventions), model);
	const { activations } = await runPrompt(model, tokens, [dictionary], {});
	const x = activations.get(dictionary.siteName) as Float32Array;
	const encoder = await EncoderSession.load(dictionary);
	const sparse = await encoder.run(x).finally(() => encoder.dispose());
	const dense = tokens.map(() => new Array<number>(dictionary.dSae).fill(0));
	for (const [i, feature] of sparse.features.entries())
		(dense[sparse.positions[i] as number] as number[])[feature] = sparse.activations[i] as number;
	const slice = loadActiveSlice(dictionary, sparse);
	const { activity } = await loadSiteActivity({ dictionary, x, sparse, slice, gradient: new Float32Array(x.length) });
	return { dictionary, activations: dense.flat(), errorNorms: [...activity.errorNorms] };
}

function expectClose(found: readonly number[], wanted: readonly number[]): void {
	expect(found).toHaveLength(wanted.length);
	const largest = Math.max(...wanted.map(Math.abs));
	for (const [i, value] of wanted.entries())
		expect(Math.abs((found[i] as number) - value) / largest).toBeLessThan(2e-5);
}

// Of the norm in the folded model the error is without its mean over the width, which no weight there reads.
describe.each(Object.entries(dictionaries))("read as sae-lens reads it: %s", (name, expected) => {
	test("activations and errors", async () => {
		const { normFactor } = expected;
		const found = await read(join(folder, name), normFactor === undefined ? undefined : { normFactor });
		expectClose(found.activations, expected.activations.flat());
		expectClose(found.errorNorms, expected.errorNorms);
	});
});

/** The same dictionary with a configuration that says nothing of the model's processing. */
function withoutProcessing(name: string): string {
	const copy = join(copies, name);
	cpSync(join(folder, name), copy, { recursive: true });
	const path = join(copy, "cfg.json");
	const config = JSON.parse(readFileSync(path, "utf8")) as { metadata: Record<string, unknown> };
	writeFileSync(
		path,
		JSON.stringify({ ...config, metadata: { ...config.metadata, model_from_pretrained_kwargs: {} } }),
	);
	return copy;
}

test.each<[string, Conventions]>([
	["heads-of-the-processed-model", { valueBiases: "folded" }],
	["centred-stream", { center: "on" }],
	["centred-mlp-layer-normed", { center: "on" }],
])("an option does what the configuration would have said: %s", async (name, conventions) => {
	const expected = dictionaries[name] as Expected["dictionaries"][string];
	const copy = withoutProcessing(name);
	const asked = await read(copy, conventions);
	expectClose(asked.activations, expected.activations.flat());
	expectClose(asked.errorNorms, expected.errorNorms);
	const silent = await read(copy);
	const apart = (a: readonly number[], b: readonly number[]) => a.some((x, i) => Math.abs(x - (b[i] as number)) > 0.01);
	// Where a layer norm takes the mean off anyway the option changes nothing, and the dictionary stays the same one.
	const matters = name !== "centred-mlp-layer-normed";
	expect(silent.dictionary.hash !== asked.dictionary.hash).toBe(matters);
	expect(apart(silent.activations, asked.activations)).toBe(matters);
});

test("in the Hugging Face cache a release decides, in a copy of its name it is guessed, elsewhere nothing", () => {
	const split = { seed: 4, hook: "blocks.8.hook_resid_pre", width: 8, features: 768 };
	const path =
		"models--jbloom--GPT2-Small-Feature-Splitting-Experiment-Layer-8/snapshots/0a1b/blocks.8.hook_resid_pre_768";
	const [cached, copied, mine] = [path, "res-jb-feature-splitting/blocks.8.hook_resid_pre_768", "mine"].map((place) => {
		const dir = join(copies, place);
		writeRandomDictionary(dir, split);
		return loadDictionary(dir);
	});
	expect(cached?.rule.centred).toEqual({ value: true, why: "release" });
	expect(copied?.rule.centred).toEqual({ value: true, why: "guess" });
	expect(mine?.rule.centred).toEqual({ value: false, why: "default" });
	// The same files read alike are the same dictionary.
	expect(copied?.hash).toBe(cached?.hash);
	expect(mine?.hash).not.toBe(cached?.hash);
});

test("a factor that nobody knows leaves the activations as sae-lens leaves them, unscaled", async () => {
	const { dictionary } = await read(join(folder, "factor-topk-rescaled"));
	expect(dictionary.rule.normFactor).toEqual({ value: null, why: "default" });
});

test("what does not fit the model is refused by what it has there", () => {
	const seat = (change: Partial<Dictionary>) => () =>
		seatDictionary({ ...loadDictionary(join(folder, "neurons-of-the-processed-model")), ...change }, model);
	expect(seat({})).not.toThrow();
	expect(seat({ dIn: 8 })).toThrow(/reads vectors of 8 numbers.*has 32 at blocks\.0\.mlp\.hook_post/);
	expect(seat({ dIn: 4, site: { kind: "z", layer: 0, head: 2 } })).toThrow(/reads head 2.*heads 0 to 1/);
	expect(seat({ site: { kind: "post", layer: 2 } })).toThrow(/layers 0 to 1/);
	// As wide as GPT-2 small, and another model.
	const dir = "/hub/models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/1/blocks.3.hook_resid_pre";
	const published = { ...loadDictionary(join(folder, "neurons-of-the-processed-model")), dir };
	const of = (repo: string) => ({ ...model, dir: `/hub/models--${repo}/snapshots/1` });
	expect(() => seatDictionary(published, of("openai-community--gpt2"))).not.toThrow();
	expect(() => seatDictionary(published, of("distilbert--distilgpt2"))).toThrow(
		/res-jb, dictionaries of GPT-2 small, and the model is DistilGPT-2/,
	);
});
