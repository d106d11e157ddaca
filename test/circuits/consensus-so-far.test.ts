import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { traceConsensus } from "../../main/circuits/consensus.ts";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import { withoutPosition } from "../../main/shared/node-id.ts";
import type { Progress } from "../../main/shared/trace.ts";
import { writeTwoLayers } from "../random/write-two-layers.ts";
import { consensusRequest, gradientRequest } from "../requests.ts";

const root = mkdtempSync(join(tmpdir(), "scd-so-far-"));
beforeAll(() => writeTwoLayers(root));
afterAll(() => rmSync(root, { recursive: true }));

test("while a consensus runs, what its first prompts have is told, and each telling takes the place of the last", async () => {
	const single = gradientRequest({
		modelDir: join(root, "model"),
		dictionaryDirs: [join(root, "saes")],
		prompt: "abcdefgh",
		choice: { by: "count", count: 2 },
	});
	const told: Progress[] = [];
	const context = {
		memory: { recall: async () => undefined, keep: async () => {} },
		encoders: new EncoderCache(1e8),
		signal: new AbortController().signal,
		progress: (progress: Progress) => void (progress.partial && told.push(progress)),
	};
	await traceConsensus(consensusRequest(single, { morePrompts: ["bcdefga", "cdefgab"], atLeast: 3 }), context);
	const [first] = told;
	expect(told.every(({ replaces }) => replaces)).toBe(true);
	const alone = await traceGradient(single, { ...context, progress: () => {} });
	const features = new Set(alone.nodes.map(({ id }) => withoutPosition(id)));
	expect(new Set(first?.partial?.nodes.map(({ id }) => withoutPosition(id)))).toEqual(features);
	expect(features.size).toBeGreaterThan(3);
});
