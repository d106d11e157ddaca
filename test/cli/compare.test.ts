import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-compare-"));
const database = ["--db", join(root, "scd.sqlite")];
afterAll(() => rmSync(root, { recursive: true }));

interface Traced {
	readonly nodes: readonly { readonly id: string; readonly attribution: number }[];
	readonly edges: readonly { readonly source: string; readonly target: string; readonly weight: number }[];
}
interface Compared {
	readonly matched_by: string;
	readonly matched: string;
	readonly counts: Readonly<Record<"left" | "right" | "both", { readonly nodes: number; readonly edges: number }>>;
	readonly nodes: readonly {
		readonly id: string;
		readonly side: string;
		readonly effect_left: number | null;
		readonly effect_right: number | null;
	}[];
	readonly edges: readonly {
		readonly source: string;
		readonly target: string;
		readonly weight_left: number | null;
		readonly weight_right: number | null;
		readonly weight_difference: number;
	}[];
}

const ask = async <T>(...words: string[]): Promise<T> =>
	JSON.parse((await runScd([...words, ...database, "--json"])).out) as T;
let six: Traced;
let four: Traced;
beforeAll(async () => {
	six = await ask("trace", "--circuit", "six", "--prompt", "Copyright (C)");
	four = await ask("trace", "--circuit", "four", "--prompt", "Copyright (C)", "--down-nodes", "4");
	await ask("trace", "--circuit", "other", "--prompt", "All rights reserved (C)", "--down-nodes", "4");
}, 120_000);

describe("scd circuits compare", () => {
	test("every node and edge of both, with the figures that each trace gave", async () => {
		const compared = await ask<Compared>("circuits", "compare", "six", "four");
		const effects = ({ nodes }: Traced) => new Map(nodes.map(({ id, attribution }) => [id, 0 - attribution]));
		const [left, right] = [effects(six), effects(four)];
		expect(compared.nodes.map(({ id }) => id).sort()).toEqual([...new Set([...left.keys(), ...right.keys()])].sort());
		for (const { id, effect_left, effect_right } of compared.nodes)
			expect([id, effect_left, effect_right]).toEqual([id, left.get(id) ?? null, right.get(id) ?? null]);
		const only = six.nodes.filter(({ id }) => !right.has(id)).length;
		expect(compared.counts.left.nodes).toBe(only);
		expect(compared.counts.both.nodes).toBe(six.nodes.length - only);
		const weights = new Map(four.edges.map(({ source, target, weight }) => [`${source} ${target}`, weight]));
		for (const { source, target, weight_right } of compared.edges)
			expect(weight_right).toBe(weights.get(`${source} ${target}`) ?? null);
		expect(compared.counts.right.edges + compared.counts.both.edges).toBe(four.edges.length);
		expect(compared.matched).toMatch(/^The prompt is the same/);
	});

	test("only what differs, another prompt, a state of the past, and a name that is none", async () => {
		const { edges } = await ask<Compared>("circuits", "compare", "six", "four", "--differ", "0.05");
		expect(edges.length).toBeGreaterThan(0);
		for (const { weight_difference } of edges) expect(Math.abs(weight_difference)).toBeGreaterThanOrEqual(0.05);

		// <bos> and " (C)" are in both.
		const aligned = await ask<Compared>("circuits", "compare", "six", "other");
		expect(aligned.matched_by).toBe("position");
		expect(aligned.matched).toMatch(/^The prompts differ: 4 of 6 and 10 positions are matched/);
		const others = await ask<Compared>("circuits", "compare", "six", "other", "--by", "feature");
		expect(others.matched).toBe("Features are matched wherever they stand, and their positions summed.");
		const matched = ({ nodes }: Compared) =>
			new Set(
				nodes.flatMap(({ id, side }) => (side === "both" && /^(attn|mlp|resid)_\d/.test(id) ? [id.split("@")[0]] : [])),
			);
		// Whatever is matched at its position is also matched wherever it is, and more is.
		expect([...matched(aligned)].filter((id) => !matched(others).has(id))).toEqual([]);
		expect(matched(others).size).toBeGreaterThan(matched(aligned).size);
		const first = await ask<Compared>("circuits", "compare", "six@1", "six");
		expect([first.counts.left.nodes, first.counts.right.nodes]).toEqual([0, 0]);

		const { out } = await runScd(["circuits", "compare", "six", "four", ...database]);
		expect(out).toMatch(/only six: \d+ nodes, \d+ edges/);
		const { code, err } = await runScd(["circuits", "compare", "six", "none", ...database]);
		expect([code === 0, err]).toEqual([false, expect.stringMatching(/none/)]);
	});
});
