import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { App } from "../../main/app/app.ts";
import { runCollection } from "../../main/app/collect-job.ts";
import { loadModelWithDictionaries } from "../../main/circuits/trace-inputs.ts";
import { SampleReader } from "../../main/features/sample-facts.ts";
import type { Dictionary } from "../../main/sae/dictionary.ts";
import { AppError } from "../../main/shared/errors.ts";
import type { FeatureFacts } from "../../main/shared/feature-facts.ts";
import type { SampleRequest } from "../../main/shared/sample.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";

const root = mkdtempSync(join(tmpdir(), "scd-sample-"));
const [modelDir, folder, corpus] = [join(root, "model"), join(root, "saes"), join(root, "text.txt")];
const kinds = {
	hook_attn_out: "standard",
	hook_mlp_out: "topk",
	hook_resid_post: "gated",
	hook_resid_mid: "jumprelu",
	"mlp.hook_post": "standard",
} as const;
const [dSae, maxTokens] = [40, 900];
const choice = { modelDir, dictionaryDirs: [folder], provider: "cpu" as const, corpus, maxLength: 32, maxTokens };
/** As `scd collect` tells them, by site. */
const collected = new Map<string, ReadonlyMap<number, FeatureFacts>>();
let collectedTokens = 0;

beforeAll(async () => {
	writeRandomModel(modelDir, { layers: 1, heads: 2, width: 12, vocabularySize: 257 });
	for (const [i, [hook, kind]] of Object.entries(kinds).entries())
		writeRandomDictionary(join(folder, hook), `blocks.0.${hook}`, {
			dIn: hook === "mlp.hook_post" ? 48 : 12,
			dSae,
			kind,
			seed: i + 3,
		});
	const words = "the quick brown fox jumps over a lazy dog and nothing else happens today".split(" ");
	const lines = Array.from({ length: 60 }, (_, i) =>
		words
			.map((word, k) => word.repeat(1 + ((i * k) % 2)))
			.slice(i % 7)
			.join(" "),
	);
	writeFileSync(corpus, lines.join("\n\n"));
	const app = new App(join(root, "scd.sqlite"));
	try {
		const options = { contexts: 4, view: 3, signal: new AbortController().signal, progress: () => {} };
		({ tokens: collectedTokens } = await runCollection(app, choice, options));
		for (const { siteName, hash } of loadModelWithDictionaries(choice).dictionaries)
			collected.set(
				siteName,
				app.store.facts.load(
					hash,
					Array.from({ length: dSae }, (_, i) => i),
				),
			);
	} finally {
		app.dispose();
	}
});
afterAll(() => rmSync(root, { recursive: true }));

const requestFor = (site: SampleRequest["site"], features: readonly number[]): SampleRequest => ({
	...choice,
	site,
	features,
	nextSites: ["mid_0", "mlp_0"],
	contexts: 4,
	view: 3,
});

async function read(reader: SampleReader, request: SampleRequest, pause = async () => {}, progress = () => {}) {
	const { model, tokenizer, dictionaries } = loadModelWithDictionaries(request);
	const dictionary = dictionaries.find(({ siteName }) => siteName === request.site) as Dictionary;
	const session = { provider: "cpu" } as const;
	return await reader.describe({
		request,
		model,
		tokenizer,
		dictionary,
		prependBos: false,
		session,
		progress,
		pause,
	});
}

function expectCollected(site: string, facts: readonly FeatureFacts[]): void {
	// Stored facts keep four digits.
	const near = (value: number) => expect.closeTo(value, 3 - Math.ceil(Math.log10(Math.max(1e-9, Math.abs(value)))));
	const loose = ({ feature, frequency, maxActivation, contexts, histogram }: FeatureFacts) => ({
		feature,
		frequency: near(frequency),
		maxActivation: near(maxActivation),
		contexts: contexts.map(({ tokens, activations, peak }) => ({ tokens, activations: activations.map(near), peak })),
		counts: histogram?.counts,
	});
	const plain = ({ raises: _, lowers: __, histogram, ...facts }: FeatureFacts) => ({
		...facts,
		counts: histogram?.counts,
	});
	// Features that were never active are not among the collected ones' contexts, but have their words.
	for (const fact of facts) {
		const theirs = collected.get(site)?.get(fact.feature);
		expect(plain(fact), `${site}.${fact.feature}`).toEqual(
			loose(theirs ?? { feature: fact.feature, frequency: 0, maxActivation: 0, contexts: [], raises: [], lowers: [] }),
		);
	}
}

test.each(["attn_0", "mlp_0", "resid_0", "mid_0", "post_0"] as const)(
	"at %s single features have the numbers and contexts that gathering all of them gives",
	async (site) => {
		const result = await read(new SampleReader(1e8), requestFor(site, [1, 7, 8, 30, 39, 7]));
		expect(result.tokens).toBe(collectedTokens);
		expect(result.facts.map(({ feature }) => feature)).toEqual([1, 7, 8, 30, 39]);
		expectCollected(site, result.facts);
		expect(result.facts.some(({ contexts }) => contexts.length > 0)).toBe(true);
	},
);

test("with room for one site only, and stopped at every run, it comes to the same", async () => {
	const reader = new SampleReader(1);
	for (const site of ["attn_0", "mlp_0", "resid_0", "attn_0"] as const) {
		let result: Awaited<ReturnType<typeof read>> | undefined;
		for (let stops = 1; !result && stops < 60; stops++) {
			let left = stops;
			result = await read(reader, requestFor(site, [2, 3, 4]), async () => {
				if (left-- === 0) throw new AppError("cancelled", "made way");
			}).catch((error: AppError) => {
				expect(error.code).toBe("cancelled");
				return undefined;
			});
		}
		expectCollected(site, result?.facts ?? []);
		expect(result?.facts).toHaveLength(3);
	}
});

test("what has been read is not read again", async () => {
	const reader = new SampleReader(1e8);
	// Told behind each run of the model or of a whole encoder; that of single features tells of none.
	let runs = 0;
	const runsFor = async (site: SampleRequest["site"], features: readonly number[]) => {
		runs = 0;
		await read(reader, requestFor(site, features), undefined, () => void runs++);
		return runs;
	};
	expect(await runsFor("mlp_0", [1])).toBeGreaterThan(0);
	expect(await runsFor("mlp_0", [2, 3])).toBe(0);
	// Its site was captured in the pass for the other.
	expect(await runsFor("mid_0", [2])).toBe(0);
});

test("a sample without text is refused", async () => {
	const empty = join(root, "empty.txt");
	writeFileSync(empty, "\n\n");
	await expect(read(new SampleReader(1e8), { ...requestFor("mlp_0", [1]), corpus: empty })).rejects.toMatchObject({
		code: "bad-file",
	});
});
