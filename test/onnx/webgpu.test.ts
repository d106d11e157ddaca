import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { describeProviderCheck, type ProviderCheck } from "../../main/shared/provider-check.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { softwareCard } from "./software-card.ts";

test("WebGPU, in software, gives the processor's numbers", async ({ skip }) => {
	const card = await softwareCard();
	if (card === undefined) return skip("SwiftShader is only there for Linux on x64");
	const folder = mkdtempSync(join(tmpdir(), "scd-webgpu-"));
	writeRandomModel(join(folder, "model"), { layers: 1, heads: 2, width: 8, vocabularySize: 257 });
	for (const [i, site] of ["attn_out", "mlp_out", "resid_post"].entries())
		writeRandomDictionary(join(folder, "saes", site), `blocks.0.hook_${site}`, {
			dIn: 8,
			dSae: 24,
			kind: i === 1 ? "topk" : "standard",
			seed: i,
		});
	const { stdout } = await promisify(execFile)(
		process.execPath,
		[join(import.meta.dirname, "webgpu-trace.ts"), join(folder, "model"), join(folder, "saes")],
		{
			env: { ...process.env, ...card },
			maxBuffer: 1e8,
		},
	);
	rmSync(folder, { recursive: true });
	const check = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ProviderCheck;
	expect(check.provider).toBe("webgpu");
	expect(check.graphs).toHaveLength(7);
	for (const { name, difference } of check.graphs) expect(difference, name).toBeLessThan(1e-4);
	const [trace] = check.traces;
	expect(trace).toMatchObject({ apart: 0, nodes: expect.any(Number), edges: expect.any(Number) });
	expect(trace?.nodes).toBeGreaterThan(20);
	expect(trace?.edges).toBeGreaterThan(20);
	expect(trace?.difference.attributions).toBeLessThan(1e-4);
	expect(trace?.difference.edges).toBeLessThan(1e-4);
	const table = describeProviderCheck(check, "a card in software");
	expect(table).toContain("webgpu on a card in software: agrees with the processor");
	expect(table.split("\n").filter((line) => line.startsWith("| "))).toHaveLength(2 + 7 + 2 + 1);
}, 240_000);
