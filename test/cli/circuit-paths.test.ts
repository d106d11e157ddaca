import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EdgeExplanation } from "../../main/shared/edge-explanation.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-paths-"));
const [model, saes, db] = [join(root, "model"), join(root, "saes"), join(root, "scd.sqlite")];

beforeAll(async () => {
	writeRandomModel(model, { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1])
		for (const site of ["attn_out", "mlp_out", "resid_post"])
			writeRandomDictionary(join(saes, `${layer}.${site}`), `blocks.${layer}.hook_${site}`, {
				...{ dIn: 12, dSae: 30, kind: "standard", seed: 10 * layer + site.length },
			});
	const { code } = await runScd(
		["trace", "--model", model, "--saes", saes, "--db", db, "--prompt", "abcd", "--circuit", "c"].concat(
			"--up-nodes",
			"4",
		),
	);
	expect(code).toBe(0);
}, 60_000);
afterAll(() => rmSync(root, { recursive: true }));

interface Shown {
	readonly nodes: readonly {
		readonly id: string;
		readonly kind: string;
		readonly inflow?: { readonly features: number; readonly errors: number; readonly tokens: number };
	}[];
	readonly edges: readonly { readonly source: string; readonly target: string; readonly weight: number }[];
}
interface Paths {
	readonly total: number;
	readonly carried: number;
	readonly paths: readonly { readonly nodes: readonly string[]; readonly strength: number; readonly share: number }[];
}

async function ask<T>(...words: string[]): Promise<T> {
	const { code, out, err } = await runScd([...words, "--db", db, "--json"]);
	expect({ code, err }).toEqual({ code: 0, err: "" });
	return JSON.parse(out) as T;
}

/** Every path from a node to the logit by going along every edge; shares are of all that was found to lead into its end. */
function listPaths({ nodes, edges }: Shown, from: string): { readonly nodes: string[]; readonly strength: number }[] {
	const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
	const follow = (id: string): { nodes: string[]; strength: number }[] =>
		kinds.get(id) === "logit"
			? [{ nodes: [id], strength: 1 }]
			: edges
					.filter(({ source, target }) => source === id && kinds.get(target) !== "error")
					.flatMap(({ target, weight }) => {
						const { features = 0, errors = 0, tokens = 0 } = nodes.find(({ id }) => id === target)?.inflow ?? {};
						const share = Math.abs(weight) / (features + errors + tokens);
						return follow(target).map((rest) => ({ nodes: [id, ...rest.nodes], strength: share * rest.strength }));
					});
	return follow(from).toSorted((a, b) => b.strength - a.strength);
}

test("scd circuits paths gives the strongest of all paths from a node, and from the tokens through the circuit", async () => {
	const shown = await ask<Shown>("export", "c", "--format", "json");
	const feature = shown.nodes.find(({ kind, id }) => kind === "feature" && id.startsWith("resid_0"))?.id as string;
	const every = listPaths(shown, feature);
	const total = every.reduce((sum, { strength }) => sum + strength, 0);
	const { to_target: found } = await ask<{ readonly to_target: Paths }>(
		"circuits",
		"paths",
		"c",
		feature,
		"--count",
		"3",
	);
	expect(every.length).toBeGreaterThan(3);
	expect(found.total).toBeCloseTo(total, 10);
	expect(found.paths.map(({ nodes }) => nodes)).toEqual(every.slice(0, 3).map(({ nodes }) => nodes));
	for (const [i, { strength, share }] of found.paths.entries()) {
		expect(strength).toBeCloseTo(every[i]?.strength as number, 10);
		expect(share).toBeCloseTo((every[i]?.strength as number) / total, 10);
	}
	const tokens = shown.nodes.filter(({ kind }) => kind === "token").flatMap(({ id }) => listPaths(shown, id));
	const { throughout } = await ask<{ readonly throughout: Paths }>("circuits", "paths", "c");
	expect(throughout.total).toBeCloseTo(
		tokens.reduce((sum, { strength }) => sum + strength, 0),
		10,
	);
	expect(throughout.paths).toHaveLength(10);
});

test("a node that the circuit lacks is named, with where all are listed", async () => {
	const { code, err } = await runScd(["circuits", "paths", "c", "mlp_0.999@0", "--db", db]);
	expect(code).toBe(1);
	expect(err).toBe('scd: "c" holds no node mlp_0.999@0. scd circuits show c --json lists all.\n');
});

test("scd circuits edge takes an edge of the circuit apart, and measures it", async () => {
	const { edges } = await ask<Shown>("export", "c", "--format", "json");
	const [strongest] = edges
		.filter(
			({ source, target }) =>
				source.startsWith("resid_0") && target.startsWith("attn_1") && !/rest/.test(source + target),
		)
		.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	const { source = "", target = "", weight = 0 } = strongest ?? {};
	const found = await ask<EdgeExplanation & { readonly sentence: string }>(
		"circuits",
		"edge",
		"c",
		source,
		target,
		"--measure",
	);
	expect(found.weight).toBeCloseTo(weight, 5);
	expect(found.way).toEqual({ attentions: [1], mlps: [] });
	const parts = [found.straight, ...found.heads.map((head) => head.weight)];
	expect(parts).toHaveLength(3);
	expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(weight, 5);
	// Nothing is held between the two, so both ablations are one.
	expect(found.measured?.held).toBeCloseTo(found.measured?.free ?? Number.NaN, 5);
	expect(found.sentence).toContain("Through attention of layer 1");
});

test("an edge that no run measured is named, with where all are listed", async () => {
	const { code, err } = await runScd(["circuits", "edge", "c", "token.1@0", "logit.1@2", "--db", db]);
	expect(code).toBe(1);
	expect(err).toBe(
		'scd: No run of "c" measured an edge from token.1@0 to logit.1@2. scd circuits show c --json lists its edges.\n',
	);
});
