import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FeatureFacts } from "../../main/shared/feature-facts.ts";
import { phraseOf } from "../../main/shared/phrase.ts";
import { loadShippedFacts, saveShippedFacts } from "../../main/store/shipped-facts.ts";
import { Store } from "../../main/store/store.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();

const example: FeatureFacts = {
	feature: 5,
	frequency: 0.25,
	maxActivation: 2,
	contexts: [
		{ tokens: ["a", "😀", "", "\0", "a"], activations: [0, 2, 0, -0.125, 1234], peak: 1 },
		{ tokens: Array.from({ length: 300 }, (_, i) => `t${i}`), activations: Array(300).fill(0.1), peak: 299 },
		{ tokens: [], activations: [], peak: 0 },
	],
	raises: [{ token: "x", effect: 1.25 }],
	lowers: [],
};

test("facts come back with four digits, and are replaced by newer ones", () => {
	const store = new Store(nextPath());
	store.facts.save("h", [example, { ...example, feature: 6, raises: [{ token: "a", effect: 0.123456 }] }]);
	expect(store.facts.load("h", [4, 5])).toEqual(new Map([[5, example]]));
	expect(store.facts.load("h", [6]).get(6)?.raises).toEqual([{ token: "a", effect: 0.1235 }]);
	expect(store.facts.load("other", [5])).toEqual(new Map());
	store.facts.save("h", [{ ...example, frequency: 0.5, contexts: [] }]);
	expect(store.facts.load("h", [5]).get(5)).toEqual({ ...example, frequency: 0.5, contexts: [] });
	expect([store.facts.count("h"), store.facts.count("other")]).toEqual([2, 0]);
	store.dispose();
});

test("what is read for a phrase alone gives the phrase that all of it gives", () => {
	const store = new Store(nextPath());
	// Parts of words too: a phrase may name the word around the strongest token.
	const token = (i: number) => [" co", "py", "right", " (", "a"][i % 5] as string;
	const facts = Array.from({ length: 24 }, (_, feature): FeatureFacts => {
		const contexts = Array.from({ length: feature % 7 }, (_, i) => ({
			tokens: Array.from({ length: 1 + ((feature + i) % 19) }, (_, j) => token(feature * i + j)),
			activations: Array.from({ length: 1 + ((feature + i) % 19) }, (_, j) => (j % 3 === 0 ? 0 : j / 3)),
			peak: (feature + i) % (1 + ((feature + i) % 19)),
		}));
		const raises =
			feature % 5 === 0
				? []
				: [
						{ token: token(feature), effect: 2 },
						{ token: "z", effect: feature / 8 },
					];
		return { ...example, feature, contexts, raises };
	});
	store.facts.save("h", facts);
	const numbers = facts.map(({ feature }) => feature);
	const [whole, part] = [store.facts.load("h", numbers), store.facts.load("h", numbers, "phrase")];
	const phrases = (of: typeof whole) => numbers.map((feature) => phraseOf(of.get(feature) as FeatureFacts));
	expect(new Set(phrases(whole)).size).toBeGreaterThan(5);
	expect(phrases(part)).toEqual(phrases(whole));
	store.dispose();
});

test("facts that fail half way leave none of theirs", () => {
	const store = new Store(nextPath());
	function* failing(): Generator<FeatureFacts> {
		yield example;
		throw new Error("the corpus ended");
	}
	expect(() => store.facts.save("h", failing())).toThrow("the corpus ended");
	store.facts.save("h", [{ ...example, feature: 7 }]);
	expect(store.facts.load("h", [5, 7])).toEqual(new Map([[7, { ...example, feature: 7 }]]));
	store.dispose();
});

test("a shipped file can be read from a folder that cannot be written, and nothing is written beside it", () => {
	const folder = nextPath();
	mkdirSync(folder);
	const file = join(folder, "facts.sqlite");
	saveShippedFacts(file, [{ dictionary: "h", facts: [example] }]);
	expect(readdirSync(folder)).toEqual(["facts.sqlite"]);
	chmodSync(file, 0o444);
	chmodSync(folder, 0o555);
	const before = readFileSync(file);
	expect(loadShippedFacts(file, "h", [4, 5])).toEqual(new Map([[5, example]]));
	expect(readdirSync(folder)).toEqual(["facts.sqlite"]);
	expect(readFileSync(file).equals(before)).toBe(true);
	chmodSync(folder, 0o755);
	expect(loadShippedFacts(nextPath(), "h", [5])).toEqual(new Map());
});

test("a damaged shipped file asks for a new installation, not for another database", () => {
	const file = nextPath();
	writeFileSync(file, "no facts at all".repeat(50));
	expect(() => loadShippedFacts(file, "h", [5])).toThrow(/damaged.*Restore a copy of it, or install the program again/);
});

test("12,288 features with 6 contexts of 11 tokens take less than 5 MB", () => {
	// A vocabulary of 4,096 used as Zipf's law has it; a third of the tokens in a context active.
	let state = 1;
	const random = () => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return state / 0x80000000;
	};
	const token = () => ` word${Math.floor(4096 ** random())}`;
	const effects = (sign: number) => Array.from({ length: 8 }, () => ({ token: token(), effect: sign * random() }));
	const facts = Array.from({ length: 12_288 }, (_, feature) => ({
		feature,
		frequency: random(),
		maxActivation: 9,
		contexts: Array.from({ length: 6 }, () => ({
			tokens: Array.from({ length: 11 }, token),
			activations: Array.from({ length: 11 }, (_, i) => (i === 5 || random() < 0.3 ? 9 * random() : 0)),
			peak: 5,
		})),
		raises: effects(1),
		lowers: effects(-1),
	}));
	const file = nextPath();
	saveShippedFacts(file, [{ dictionary: "h", facts }]);
	expect(statSync(file).size).toBeLessThan(5e6);
	const back = loadShippedFacts(file, "h", [12_287]).get(12_287);
	expect(back?.contexts.map(({ tokens }) => tokens)).toEqual(facts[12_287]?.contexts.map(({ tokens }) => tokens));
});
