import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-scores-"));
afterAll(() => rmSync(root, { recursive: true }));

type Kinds = Readonly<Record<"features" | "errors" | "tokens", number>>;

interface Printed {
	readonly nodes: readonly {
		readonly id: string;
		readonly kind: string;
		readonly influence: number;
		readonly inflow?: Kinds;
		readonly remainder?: Kinds;
	}[];
	readonly edges: readonly { readonly source: string; readonly target: string; readonly weight: number }[];
	readonly replacement: number | null;
	readonly completeness: number | null;
}

const database = ["--db", join(root, "scd.sqlite")];
const scd = async (...words: string[]) => (await runScd(words)).out;
const trace = async (...parameters: string[]): Promise<Printed> =>
	JSON.parse(await scd("trace", ...database, "--prompt", "Copyright (C)", "--json", ...parameters));

/**
 * circuit-tracer's scores from what was printed, as its matrices have it: rows of |edges| divided by their sums, powers of
 * the matrix added up until nothing is left.
 */
function scoreAgain({ nodes, edges }: Printed) {
	const at = new Map(nodes.map(({ id }, i) => [id, i]));
	const rows = nodes.map(() => new Map<number, number>());
	for (const { source, target, weight } of edges) {
		const [from, into] = [at.get(source) as number, at.get(target) as number];
		if (/feature|logit/.test(nodes[into]?.kind ?? "")) rows[into]?.set(from, Math.abs(weight));
	}
	const sums = rows.map((row) =>
		Math.max(
			1e-10,
			[...row.values()].reduce((a, b) => a + b, 0),
		),
	);
	const logits = nodes.filter(({ kind }) => kind === "logit").length;
	const start = nodes.map(({ kind }) => (kind === "logit" ? 1 / logits : 0));
	const influence = nodes.map(() => 0);
	for (let now = start; now.some((amount) => amount !== 0); ) {
		const next = nodes.map(() => 0);
		for (const [into, row] of rows.entries())
			for (const [from, amount] of row)
				next[from] = (next[from] as number) + ((now[into] as number) * amount) / (sums[into] as number);
		for (const [i, amount] of next.entries()) influence[i] = (influence[i] as number) + amount;
		now = next;
	}
	const of = (kind: string) =>
		nodes.reduce((sum, node, i) => sum + (node.kind === kind ? (influence[i] as number) : 0), 0);
	const output = influence.map((amount, i) => amount + (start[i] as number));
	const known = rows.map((row, into) =>
		[...row].reduce(
			(sum, [from, amount]) => sum - (nodes[from]?.kind === "error" ? amount / (sums[into] as number) : 0),
			1,
		),
	);
	return {
		influence,
		replacement: of("token") / (of("token") + of("error")),
		completeness:
			output.reduce((sum, amount, i) => sum + amount * (known[i] as number), 0) / output.reduce((a, b) => a + b, 0),
	};
}

const total = ({ features, errors, tokens }: Kinds) => features + errors + tokens;

test("where nothing is cut off, the scores are circuit-tracer's of the printed graph", async () => {
	for (const more of [[], ["--metric", "logit_difference( (,C)"], ["--errors", "all", "--down-nodes", "5"]]) {
		const printed = await trace("--up-nodes", "1000000", ...more);
		const again = scoreAgain(printed);
		expect(printed.replacement).toBeCloseTo(again.replacement, 10);
		expect(printed.completeness).toBeCloseTo(again.completeness, 10);
		for (const [i, { influence }] of printed.nodes.entries())
			expect(influence).toBeCloseTo(again.influence[i] ?? 0, 10);
		for (const { remainder } of printed.nodes) if (remainder) expect(total(remainder)).toBe(0);
	}
});

test("choosing fewer edges does not flatter: what is cut off stays in the rows", async () => {
	const [whole, cut] = [await trace("--up-nodes", "1000000"), await trace("--up-nodes", "4")];
	const known = new Map(whole.nodes.map((node) => [node.id, node]));
	const into = (printed: Printed, id: string) =>
		printed.edges.filter(({ target }) => target === id).reduce((sum, { weight }) => sum + Math.abs(weight), 0);
	let cutRows = 0;
	for (const { id, inflow, remainder } of cut.nodes) {
		if (!inflow || !remainder) continue;
		expect(inflow).toEqual(known.get(id)?.inflow);
		// In the whole circuit every node that was chosen is there, with its edges.
		const all = into(whole, id);
		expect(Math.abs(total(inflow) - all)).toBeLessThan(1e-9 * all);
		if (total(remainder) > 0) cutRows++;
		expect(remainder.errors).toBe(0);
	}
	expect(cutRows).toBeGreaterThan(20);
	expect(cut.replacement).toBeLessThan(whole.replacement ?? 0);
	expect(cut.completeness).toBeLessThan((whole.completeness ?? 0) + 0.005);
});

test("a stored circuit has the scores of its trace; a trace from one node, one that keeps all, and other methods have none", async () => {
	const traced = await trace("--circuit", "kept");
	const shown = JSON.parse(await scd("circuits", "show", ...database, "kept", "--json")) as Printed;
	expect(shown.replacement).toBeCloseTo(traced.replacement ?? Number.NaN, 12);
	expect(shown.completeness).toBeCloseTo(traced.completeness ?? Number.NaN, 12);
	const influences = new Map(shown.nodes.map(({ id, influence }) => [id, influence]));
	for (const { id, influence } of traced.nodes) expect(influences.get(id)).toBeCloseTo(influence, 12);
	const words = await scd("circuits", "show", ...database, "kept");
	expect(words).toMatch(/Scores: replacement 0\.\d\d, completeness 0\.\d\d\n/);

	const feature = traced.nodes.find(({ kind }) => kind === "feature")?.id as string;
	const part = await trace("--upstream-of", feature);
	expect([part.replacement, part.completeness]).toEqual([null, null]);
	const loose = await trace("--keep-unconnected");
	expect([loose.replacement, loose.completeness]).toEqual([null, null]);
	const ablated = await trace("--method", "ablation", "--pin", "resid_1.222");
	expect([ablated.replacement, ablated.completeness]).toEqual([null, null]);
});

test("a circuit that was traced layers first is the circuit traced at once: what went past the new layers goes", async () => {
	await trace("--circuit", "grown", "--layers", "0:2");
	await trace("--circuit", "grown");
	const whole = await trace("--circuit", "at-once");
	const grown = JSON.parse(await scd("circuits", "show", ...database, "grown", "--json")) as Printed;
	const list = ({ edges }: Printed) => new Set(edges.map(({ source, target }) => `${source} ${target}`));
	expect(list(grown)).toEqual(list(whole));
	expect(grown.replacement).toBeCloseTo(whole.replacement ?? Number.NaN, 10);
	expect(grown.completeness).toBeCloseTo(whole.completeness ?? Number.NaN, 10);
});

test("errors that are joined weigh what they weigh alone; put together with those alone they are not scored", async () => {
	const alone = await trace("--circuit", "errors", "--errors", "all");
	const joined = await trace("--errors", "pooled");
	expect(joined.replacement).toBeCloseTo(alone.replacement ?? Number.NaN, 10);
	await trace("--circuit", "errors", "--errors", "pooled");
	const both = JSON.parse(await scd("circuits", "show", ...database, "errors", "--json")) as Printed;
	expect([both.replacement, both.completeness]).toEqual([null, null]);
	expect(await scd("circuits", "show", ...database, "errors")).toMatch(
		/counted twice\. Scores need one trace of all of it\.\n/,
	);
});

test("what comes back over several prompts is scored as any circuit", async () => {
	const prompts = join(root, "prompts.txt");
	writeFileSync(prompts, "Copyright (C)\nCopyright (c)\n");
	const consensus = ["consensus", ...database, "--prompts", prompts, "--json"];
	const all = JSON.parse(await scd(...consensus, "--at-least", "0.1")) as Printed;
	const again = scoreAgain(all);
	expect(all.replacement).toBeCloseTo(again.replacement, 10);
	expect(all.completeness).toBeCloseTo(again.completeness, 10);
	const words = await scd(...consensus.slice(0, -1));
	expect(words).toMatch(/\nScores: replacement [\d.]+, completeness [\d.]+\n/);
});
