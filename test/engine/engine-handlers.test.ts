import { mkdtempSync, rmSync } from "node:fs";
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
	const call = handlers.corpusFacts(
		{ ...files, documents: ["one", "two", "three"] },
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
		message: expect.stringContaining("nothing was stored"),
	});
	expect(seen).toEqual([0]);
});
