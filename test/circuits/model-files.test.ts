import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runModel } from "../../main/circuits/model-run.ts";
import { loadActivationSession, tokenFeeds } from "../../main/model/activation-session.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { floats } from "../../main/onnx/session.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";

/**
 * Random GPT-2 models that transformers 5 wrote, with its own logits of the last position and their gradient, in
 * float64: of the logit of token 4 with respect to the embeddings.
 */
const folder = join(import.meta.dirname, "../fixtures/models");
const expected: Readonly<Record<string, { logits: readonly number[]; gradient: readonly number[] }>> = JSON.parse(
	readFileSync(join(folder, "expected.json"), "utf8"),
);
const ids = [1, 9, 2, 6, 5, 3, 5];

async function computeLogits(dir: string): Promise<Float32Array> {
	const model = loadLanguageModel(dir);
	const session = await loadActivationSession(model, [], {}, model.config.layers - 1);
	try {
		const last = { data: Float32Array.from(ids, (_, t) => (t === ids.length - 1 ? 1 : 0)), dims: [1, ids.length] };
		return floats(await session.run({ ...tokenFeeds(ids), last }), "logits");
	} finally {
		await session.dispose();
	}
}

const furthest = (found: ArrayLike<number>, right: readonly number[]) =>
	Math.max(...right.map((number, i) => Math.abs((found[i] ?? Number.NaN) - number)));

describe.each(Object.keys(expected))("the model %s", (name) => {
	const { logits, gradient } = expected[name] as { logits: readonly number[]; gradient: readonly number[] };

	test("has transformers' logits", async () => {
		expect(furthest(await computeLogits(join(folder, name)), logits)).toBeLessThan(1e-5);
	});

	test("has torch's gradient", async () => {
		const metric = { name: "logit(#4)", terms: [{ token: 4, coefficient: 1 }], normaliser: 0, runIds: ids };
		const run = await runModel({
			...{ model: loadLanguageModel(join(folder, name)), ids, sites: ["resid_-1"], withGradients: true },
			metric,
		});
		expect(furthest(run.gradients.get("resid_-1") as Float32Array, gradient)).toBeLessThan(2e-5);
	});
});

test("a configuration in the names that all models share gives the same model", async () => {
	const dir = join(temporaryFolder(), "general");
	cpSync(join(folder, "silu-bin"), dir, { recursive: true });
	const { n_layer, n_head, n_embd, n_positions, ...rest } = JSON.parse(readFileSync(join(dir, "config.json"), "utf8"));
	const general = {
		...{ num_hidden_layers: n_layer, num_attention_heads: n_head, hidden_size: n_embd },
		...{ max_position_embeddings: n_positions, intermediate_size: 4 * n_embd },
	};
	writeFileSync(join(dir, "config.json"), JSON.stringify({ ...rest, ...general }));
	expect(await computeLogits(dir)).toEqual(await computeLogits(join(folder, "silu-bin")));
});
