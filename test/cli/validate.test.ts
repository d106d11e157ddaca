import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reference } from "../../main/app/locations.ts";
import { describeCircuit } from "../../main/reference/ground-truth.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-validate-"));
const database = join(root, "scd.sqlite");
const own = ["--model", join(root, "model"), "--saes", join(root, "saes"), "--db", database];
const corpus = join(root, "corpus.txt");

beforeAll(() => {
	writeRandomModel(join(root, "model"), { layers: 3, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1, 2])
		for (const site of ["mlp_out", "resid_post"])
			writeRandomDictionary(join(root, "saes", `${layer}.${site}`), `blocks.${layer}.hook_${site}`, {
				...{ dIn: 12, dSae: 30, kind: "standard", seed: 10 * layer + site.length },
			});
	writeFileSync(
		corpus,
		"the quick brown fox\n\njumps over\n\nthe lazy dog and everything else that there is to jump over",
	);
});
afterAll(() => rmSync(root, { recursive: true }));

const near = (numbers: readonly number[]) => numbers.map((one) => expect.closeTo(one, 4));
/** What version 0.1.0 printed of the three documents, before it was said that their effect may be zero. */
const publishedShares = {
	faithfulness: expect.closeTo(0.0007557157309698562, 4),
	completeness: expect.closeTo(1.0063904052255348, 4),
	interval: near([-0.23423247646004217, 0.008177849112613324]),
	completeness_interval: near([-0.12330018912014377, 1.0123768242166609]),
	leave_one_out: [
		["mlp_0.1", expect.closeTo(0, 4)],
		["resid_1.4", expect.closeTo(0.0007557157309698562, 4)],
	],
	curve: [1, 2].map((size) => ({
		size,
		value: expect.closeTo(0.0007557157309698562, 4),
		interval: near([-0.23423247646004217, 0.008177849112613324]),
	})),
	controls: near([0.005816494472846204, 0.10640017303599038]),
};

/** The object that a command prints, which must have succeeded. */
async function ask(...words: string[]): Promise<Record<string, unknown>> {
	const { code, out, err } = await runScd([...words, "--json"]);
	expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^(scd: \d+ documents? [^\n]*\n)*$/) });
	return JSON.parse(out) as Record<string, unknown>;
}

describe("scd validate", () => {
	const metric = "logit_difference(g,h)";
	const traceAsked = async () =>
		await ask("trace", ...own, "--prompt", "abcdef", "--metric", metric, "--circuit", "asked");
	const traceKnown = async () => {
		const { model: modelDir, dictionaries: saes } = reference.groundTruth;
		const induction = ["--model", modelDir, "--saes", saes, "--db", database];
		await ask("trace", ...induction, "--prompt", "abca", "--metric", "logit(b)", "--circuit", "induction");
		return ["validate", "--circuit", "induction", "--db", database];
	};

	test("prints the published form for pins and for a circuit", async () => {
		const words = ["validate", ...own, "--corpus", corpus, "--max-length", "12", "--curve", "2", "--controls", "2"];
		const report = await ask(...words, "--pin", "mlp_0.1", "--pin", "resid_1.4", "--leave-one-out");
		expect(report).toMatchObject({
			base_loss: expect.any(Number),
			ablated_loss: expect.any(Number),
			kl: expect.any(Number),
			increases: expect.any(Array),
			decreases: expect.any(Array),
			// Three documents disagree about whether all features together raise or lower the loss; programs get the figures all the same.
			effect_may_be_zero: true,
			effect_interval: [expect.any(Number), expect.any(Number)],
			...publishedShares,
			sequences: 3,
		});
		const [low = 0, high = 0] = report["effect_interval"] as number[];
		expect(low * high).toBeLessThan(0);
		const told = await runScd([...words, "--pin", "mlp_0.1", "--pin", "resid_1.4", "--leave-one-out"]);
		expect(told.out).toMatch(/faithfulness {2}not a number: .* too small to divide by\n/);
		expect(told.out).not.toMatch(/random|without mlp|2 features {2}/);
		await ask("trace", ...own, "--prompt", "abcdef", "--circuit", "traced", "--layers", "0:3");
		const { code, out } = await runScd([
			"validate",
			"--circuit",
			"traced",
			"--corpus",
			corpus,
			"--max-length",
			"12",
			"--db",
			database,
		]);
		expect([code, out]).toEqual([0, expect.stringMatching(/faithfulness {2}not a number: .* too small to divide by/)]);
	});

	test("a traced circuit is measured on its own prompt by its own metric", async () => {
		const traced = await traceAsked();
		const words = ["--leave-one-out", "--controls", "2", "--curve", "2", "--edges"];
		const report = await ask("validate", "--circuit", "asked", "--db", database, ...words);
		expect(report).toMatchObject({
			metric,
			base: expect.closeTo((traced["metric"] as { value: number }).value, 4),
			prompts: 1,
			tokens: 6,
			faithfulness: expect.any(Number),
			interval: null,
			effect_may_be_zero: false,
			edges: { faithfulness: expect.any(Number), interval: null },
			curve: [1, 2].map(() => ({ size: expect.any(Number), value: expect.any(Number), interval: null })),
		});
		expect(report).not.toHaveProperty("base_loss");
		const [[first, without], [same, worth]] = [
			(report["leave_one_out"] as [string, number][])[0] as [string, number],
			(report["worth"] as [string, number][])[0] as [string, number],
		];
		expect([same, worth]).toEqual([first, expect.closeTo((report["faithfulness"] as number) - without, 6)]);
	});

	test("random subsets and the worst that is found; CPR and CMD of the strongest edges", async () => {
		await traceAsked();
		const scores = await ask(
			...["validate", "--circuit", "asked", "--db", database, "--subsets", "4", "--edge-curve", "--seed", "3"],
		);
		const { edge_curve, subsets } = scores as {
			edge_curve: { edges: number; cpr: number; cmd: number; points: { share: number; edges: number }[] };
			subsets: { shares: number[]; draws: number; lowest: { share: number }; highest: { share: number } };
		};
		expect(edge_curve).toMatchObject({ cpr: expect.any(Number), cmd: expect.any(Number), cpr_interval: null });
		expect(edge_curve.points.at(-1)).toMatchObject({ share: 1, edges: edge_curve.edges });
		const told = await runScd(["validate", "--circuit", "asked", "--db", database, "--edge-curve"]);
		expect(told.out).toMatch(/CMD .*\n +At 100% it may differ from .* through errors\.\n/);
		expect(subsets).toMatchObject({ draws: 4, mean: expect.any(Number) });
		// Nothing left out is all of it.
		expect(subsets.lowest.share).toBeLessThanOrEqual(Math.min(1, ...subsets.shares));
		expect(subsets.highest.share).toBeGreaterThanOrEqual(Math.max(1, ...subsets.shares));
	});

	test("similar prompts from templates, pairs that bring their answers, and what does not go together", async () => {
		await traceAsked();
		const similar = join(root, "similar.txt");
		writeFileSync(similar, "{end}: f | g | d\nabcde{end}\n");
		const shared = ["validate", "--circuit", "asked", "--db", database, "--prompts"];
		expect(await ask(...shared, similar)).toMatchObject({ metric, prompts: 3 });
		const pairs = join(root, "pairs.csv");
		writeFileSync(
			pairs,
			"clean,corrupted,correct_idx,incorrect_idx\nabcdef,abcdeg,104,105\nabcdeg,abcdef,105,104\nabc,abcd,104,105\n",
		);
		const paired = await runScd([...shared, pairs, "--json"]);
		expect([paired.code, paired.err]).toEqual([0, "scd: 1 prompt whose pair has not as many tokens was left out.\n"]);
		expect(JSON.parse(paired.out)).toMatchObject({ metric: "each prompt’s own", prompts: 2 });
		const bad = ["-1", "2.5", "104"].map((answer) => `{"prompt": "abcdef", "patch": "abcdeg", "answer": ${answer}}`);
		const answers = join(root, "answers.jsonl");
		writeFileSync(answers, bad.join("\n"));
		const some = await runScd([...shared, answers, "--json"]);
		expect([some.code, some.err]).toEqual([0, "scd: 2 prompts whose answer is not one token were left out.\n"]);
		expect(JSON.parse(some.out)).toMatchObject({ metric: "logprob(#104)", prompts: 1 });
		const both = await runScd([...shared, pairs, "--corpus", corpus]);
		expect([both.code, both.err]).toEqual([2, expect.stringMatching(/Give one of them/)]);
		const alone = await runScd(["validate", ...own, "--pin", "mlp_0.1", "--prompts", similar, "--baseline", "patch"]);
		expect([alone.code, alone.err]).toEqual([2, expect.stringMatching(/baseline patch .* not all have one/)]);
	});

	test("published sets are read as they mean it, or refused by the column that is not understood", async () => {
		const traced = await traceAsked();
		const own = { prompt: "abcdef", choices: { label: ["g", "h"], text: ["no", "yes"] }, answerKey: 0 };
		const other = { prompt: "abcdeg", choices: own.choices, answerKey: 1 };
		const shared = ["validate", "--circuit", "asked", "--db", database, "--prompts"];
		const write = (name: string, text: string) => {
			writeFileSync(join(root, name), text);
			return join(root, name);
		};
		const row = write("mib.jsonl", JSON.stringify({ ...own, template: "x", symbol_counterfactual: other }));
		const value = expect.closeTo((traced["metric"] as { value: number }).value, 4);
		expect(await ask(...shared, row)).toMatchObject({ metric: "logit_difference(#70,#71)", base: value });
		const capitals = write("capitals.csv", "clean,corrupted,country_idx,corrupted_country_idx\nabcdef,abcdeg,70,71\n");
		expect(await ask(...shared, capitals)).toMatchObject({ metric: "logit_difference(#70,#71)", base: value });
		for (const column of ["correct_idx", "label", "plural"]) {
			const years = await runScd([...shared, write("years.csv", `clean,corrupted,${column}\nabcdef,abcdeg,54\n`)]);
			expect([years.code, years.err]).toEqual([1, expect.stringMatching(new RegExp(`Row 2 .*${column}`))]);
		}
	});

	test("the model whose circuit is known: strengths find it, attributions rank as patching does", async () => {
		const { features, edges } = describeCircuit("abca");
		const known = join(root, "known.txt");
		const toLogits = ([source, target]: readonly [string, string]) =>
			`${source} -> ${target.startsWith("logit") ? "logits" : target}`;
		const between = edges.filter(([source, target]) => ![source, target].some((end) => end.startsWith("token")));
		writeFileSync(known, ["# by hand", ...features, ...between.map(toLogits)].join("\n"));
		const words = [...(await traceKnown()), "--patching", "6", "--known", known];
		const report = await ask(...words, "--edge-curve");
		expect(report["known"]).toMatchObject({
			name: "known.txt",
			nodes: { known: features.length, missing: 0, auroc: 1, average_precision: 1 },
			edges: { missing: 0 },
		});
		expect(report["patching"]).toMatchObject({ nodes: 6, spearman: expect.any(Number) });
		expect(
			(report["edge_curve"] as { points: { faithfulness: number }[] }).points.at(-1)?.faithfulness,
		).toBeGreaterThan(0.9);
		writeFileSync(known, "mlp_0.3 -> nothing\n");
		const wrong = await runScd(words);
		expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/Line 1 .*“nothing”, which is no feature/)]);
	});

	test("a known circuit is looked for among all that the dictionaries hold, as scikit-learn counts it", async () => {
		await traceAsked();
		const sites = [0, 1, 2].flatMap((layer) => [`mlp_${layer}`, `resid_${layer}`]);
		const features = sites.map((site, i) => [0, 7, 14, 21].map((more) => `${site}.${(5 * i + more) % 30}`));
		const next = (i: number, j: number) => features[i + 1]?.[j] ?? "logits";
		const edges = features.flatMap((some, i) => some.map((feature, j) => `${feature} -> ${next(i, j)}`));
		const known = join(root, "some.txt");
		writeFileSync(known, [...features.flat(), ...edges].join("\n"));
		const report = await ask("validate", "--circuit", "asked", "--db", database, "--known", known);
		// Of 6 × 30 features, and 7 × 30 × 30 pairs and 30 × 1 with the logits that no stream lies between.
		expect(report["known"]).toMatchObject({
			nodes: {
				...{ known: 24, others: 180 - 24, missing: 19 },
				...{
					auroc: expect.closeTo(0.4794337606837607, 10),
					average_precision: expect.closeTo(0.13738617954304227, 10),
				},
			},
			edges: {
				...{ known: 24, others: 7 * 900 + 30 - 24, missing: 23 },
				...{
					auroc: expect.closeTo(0.5006475314515276, 10),
					average_precision: expect.closeTo(0.004005515120740239, 10),
				},
			},
		});
	});

	test("prompts traced anew: the same comes back whole, others in part; one prompt says nothing", async () => {
		const words = await traceKnown();
		const prompts = join(root, "letters.txt");
		writeFileSync(prompts, "abca\nabca\n");
		const same = await ask(...words, "--prompts", prompts, "--stability");
		const whole = { jaccard: { value: 1, interval: [1, 1] }, rank: { value: expect.closeTo(1, 10) } };
		expect(same["stability"]).toMatchObject({
			prompts: 2,
			similar: { nodes: whole, edges: whole },
			resampled: { nodes: whole, edges: whole },
		});
		writeFileSync(prompts, "abca\nabda\nfghf\ncdac\n");
		const { stability } = await ask(...words, "--prompts", prompts, "--stability");
		const { similar, resampled } = stability as Record<string, Record<string, { jaccard: { value: number } }>>;
		// Nothing follows c before, so that no feature speaks for b: nothing comes back there.
		expect(stability).toMatchObject({ prompts: 4, skipped: 1 });
		expect(similar?.["nodes"]?.jaccard.value).toBeLessThan(0.9);
		expect(resampled?.["nodes"]?.jaccard.value).toBeLessThan(1);
		writeFileSync(prompts, "cdac\ndcad\n");
		const nothing = await runScd([...words, "--prompts", prompts, "--stability", "--json"]);
		expect([nothing.code, nothing.err]).toEqual([
			0,
			expect.stringMatching(/On none of these prompts does any feature have an effect .* how stable the circuit is/),
		]);
		expect(JSON.parse(nothing.out)).toMatchObject({ prompts: 2, faithfulness: null, effect_may_be_zero: true });
		expect(JSON.parse(nothing.out)).not.toHaveProperty("stability");
		const one = await runScd([...words, "--stability"]);
		expect([one.code, one.err]).toEqual([2, expect.stringMatching(/several prompts, and there is one/)]);
	});

	test("wrong pins and a corpus that is not there are named", async () => {
		const wrong = await runScd(["validate", ...own, "--corpus", corpus, "--max-length", "12", "--pin", "mlp_0.99"]);
		expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/mlp_0\.99 does not exist: .*0 to 29/)]);
		const none = await runScd([
			"validate",
			...own,
			"--corpus",
			"/nowhere.txt",
			"--max-length",
			"12",
			"--pin",
			"mlp_0.9",
		]);
		expect([none.code, none.err]).toEqual([1, expect.stringMatching(/nowhere\.txt does not exist/)]);
	});

	test("a pair on the bundled model: torch in float64, with GPT-2 of transformers, has the same numbers", async () => {
		const pair = ["--prompt", "the whale and the", "--patch-prompt", "the ship and the"];
		const asked = ["--metric", "logit_difference( whale, ship)", "--circuit", "pair", "--db", database];
		const bundled = ["--model", reference.model, "--saes", reference.dictionaries];
		await ask("trace", ...bundled, ...pair, ...asked);
		const report = await ask("validate", "--circuit", "pair", "--db", database, "--patching", "20");
		expect(report).toMatchObject({
			base: expect.closeTo(0.8581895686781977, 5),
			empty: expect.closeTo(-0.07139885093283738, 5),
			circuit: expect.closeTo(0.16470509047739812, 5),
			complement: expect.closeTo(0.20574429267674077, 5),
			faithfulness: expect.closeTo(0.2539876104620879, 4),
			completeness: expect.closeTo(0.29813532286207084, 4),
			patching: {
				spearman: expect.closeTo(0.9744360902255638, 3),
				kendall: expect.closeTo(0.9157894736842106, 3),
				pearson: expect.closeTo(0.9997204531275384, 5),
			},
		});
	});
});
