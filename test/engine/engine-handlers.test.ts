import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { handlers } from "../../main/engine/engine-handlers.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";

const root = mkdtempSync(join(tmpdir(), "scd-handlers-"));
const files = { modelDir: join(root, "model"), dictionaryDirs: [join(root, "saes")] };
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => {
	writeRandomModel(files.modelDir, { layers: 1, heads: 1, width: 8, vocabularySize: 257 });
	writeRandomDictionary(join(root, "saes", "mlp"), "blocks.0.hook_mlp_out", { dIn: 8, dSae: 16, kind: "standard" });
});

test("a corpus that is cancelled ends as cancelled and not as a fault of the engine", async () => {
	const controller = new AbortController();
	const seen: number[] = [];
	const corpus = join(root, "corpus.txt");
	writeFileSync(corpus, "one two three ".repeat(500));
	const call = handlers.collect(
		{
			...files,
			provider: "cpu",
			corpus,
			maxLength: 2,
			expectedTokens: 10,
			done: { blocks: 0, sequences: 0, tokens: 0 },
		},
		{
			signal: controller.signal,
			memory: { recall: async () => undefined, keep: async () => {} },
			progress: ({ done }) => {
				seen.push(done);
				controller.abort();
			},
		},
	);
	await expect(call).rejects.toMatchObject({
		code: "cancelled",
		message: expect.stringContaining("goes on where it stopped"),
	});
	expect(seen.length).toBe(1);
});
