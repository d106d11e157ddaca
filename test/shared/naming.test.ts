import { expect, test } from "vitest";
import { type FeatureContext, type FeatureFacts, tellingEffects } from "../../main/shared/feature-facts.ts";
import { cutName, type NamedNode, type NameSource, nameNode, nameNodes, writeName } from "../../main/shared/naming.ts";
import { phraseOf } from "../../main/shared/phrase.ts";

const context = (peak: string, before = "1 "): FeatureContext => ({
	tokens: [before, peak, " y"],
	activations: [0, 1, 0],
	peak: 1,
});
const raise = (token: string, effect: number) => ({ token, effect });
const facts = (contexts: readonly FeatureContext[], raises: FeatureFacts["raises"] = []): FeatureFacts => ({
	...{ feature: 0, frequency: 0.1, maxActivation: 1, lowers: [] },
	contexts,
	raises,
});

test("a phrase says the token on which most contexts agree, whatever its case and blank", () => {
	const some = [" copyright", "Copyright", " copyright", "the"].map((token) => context(token));
	expect(phraseOf(facts(some, [raise("a", 0.2), raise("b", 0.19)]))).toBe("fires on copyright");
	expect(phraseOf(facts(["(", "(", "[", "[", "x"].map((token) => context(token))))).toBe("fires on ( / [");
	expect(phraseOf(facts(["\n", "\n"].map((token) => context(token))))).toBe("fires on ↵");
	expect(phraseOf(facts(["  ", "  "].map((token) => context(token))))).toBe("fires on ··");
});

test("a part of a word names the word where contexts agree on it", () => {
	const within = (tokens: readonly string[], peak: number): FeatureContext => ({
		tokens,
		activations: tokens.map((_, i) => (i === peak ? 1 : 0)),
		peak,
	});
	const upper = within([" THE", " COPY", "RI", "G", "HT", " HOL"], 3);
	expect(phraseOf(facts([upper, upper, within(["OR", "\n", "COPY", "RI", "G", "HT"], 4)]))).toBe(
		"fires on G of COPYRIGHT",
	);
	// Most of the word is the word.
	const opyright = within(["C", "opyright", " ("], 1);
	expect(phraseOf(facts([opyright, opyright]))).toBe("fires on Copyright");
	// In different words it is the token that they share.
	const words = [
		["t", "hat"],
		["t", "op"],
		["t", "en"],
	].map((tokens) => within(tokens, 0));
	expect(phraseOf(facts(words))).toBe("fires on t");
});

test("where contexts agree on the token before alone, it fires after that", () => {
	expect(
		phraseOf(
			facts(
				["a", "b", "c"].map((token) => context(token, " (")),
				[raise("a", 1), raise("b", 0.9)],
			),
		),
	).toBe("fires after (");
});

test("a raised token that stands out, or contexts that agree on nothing, give what it raises", () => {
	const same = ["a", "a", "a"].map((token) => context(token));
	// Two spellings of one word do not hide that it stands out.
	expect(phraseOf(facts(same, [raise(" cat", 2), raise("Cat", 1.9), raise("dog", 0.4)]))).toBe("raises cat");
	const mixed = ["a", "b", "c", "d"].map((token, i) => context(token, String(i)));
	expect(phraseOf(facts(mixed, [raise(")", 0.3), raise("),", 0.29)]))).toBe("raises )");
	expect(phraseOf(facts(mixed, [raise("z", 0)]))).toBe("fires on a");
	expect(phraseOf(facts([]))).toBeUndefined();
});

test("a phrase stays within 24 cells", () => {
	const long = "antidisestablishmentarianism";
	expect(phraseOf(facts([context(long), context(long)]))).toBe("fires on antidisestabli…");
	expect(phraseOf(facts([], [raise(long, 1)]))).toBe("raises antidisestablish…");
});

const node = (id: string, more: Partial<NamedNode> = {}): NamedNode => ({
	...{ id, kind: "feature", site: "mlp", layer: 3, position: Number(id.split("@")[1] ?? 0), activation: 1 },
	...more,
});
const source: NameSource = {
	labels: new Map([
		["mlp_3.1", { text: "brackets", by: "person" }],
		["mlp_3.2", { text: "a list", by: "neuronpedia", source: "m/s", at: 0 }],
	]),
	facts: new Map([
		["mlp_3.2", facts([], [raise("q", 1)])],
		["mlp_3.3", facts([], [raise(")", 1)])],
	]),
	phrases: new Map([["mlp_3.4", "fires on the"]]),
	run: { tokens: ["A", " (", ")"], logitTokens: { "7": ")" } },
};

test("a person's label goes before a published one, that before a phrase, that before the id", () => {
	const ids = [1, 2, 3, 4, 5].map((feature) => `mlp_3.${feature}@2`);
	expect(ids.map((id) => nameNode(node(id), source))).toEqual([
		{ text: "brackets", kind: "human" },
		{ text: "a list", kind: "published" },
		{ text: "raises )", kind: "generated" },
		{ text: "fires on the", kind: "generated" },
		{ text: "mlp_3.5", kind: "id" },
	]);
	expect(nameNode(node("g1", { kind: "group", name: "mine" }), source)).toEqual({ text: "mine", kind: "human" });
});

test("tokens say where they are, logits their value, errors of what they are", () => {
	const write = (id: string, more: Partial<NamedNode>) => writeName(nameNode(node(id, more), source));
	expect(write("token.5@1", { kind: "token" })).toBe("·( @1");
	expect(write("logit.7", { kind: "logit", feature: 7, activation: 12.34 })).toBe(") 12.3");
	expect(write("mlp_error_3@2", { kind: "error" })).toBe("error of mlp 3 @2");
	expect(write("mlp_error_3.rest", { kind: "error", joined: 1200 })).toBe("1,200 errors of mlp 3");
	expect(write("z_error_3h5@2", { kind: "error", site: "z" })).toBe("error of heads 3 head 5 @2");
});

test("nodes that share a name say their position, else their lane, else their id", () => {
	const alike = { ...source, phrases: new Map(["mlp_3.5", "mlp_3.6", "attn_1.6"].map((id) => [id, "raises q"])) };
	const names = (ids: readonly string[]) =>
		[
			...nameNodes(
				ids.map((id) => node(id, id.startsWith("attn") ? { site: "attn", layer: 1 } : {})),
				alike,
			).values(),
		].map(writeName);
	expect(names(["mlp_3.5@1", "mlp_3.1@1"])).toEqual(["raises q", "brackets"]);
	expect(names(["mlp_3.5@1", "mlp_3.5@2", "mlp_3.7@2"])).toEqual(["raises q @1", "raises q @2", "mlp_3.7"]);
	expect(names(["mlp_3.5@1", "attn_1.6@1", "mlp_3.5@4"])).toEqual([
		"raises q mlp 3 @1",
		"raises q attn 1 @1",
		"raises q @4",
	]);
	expect(names(["mlp_3.5@1", "mlp_3.6@1"])).toEqual(["raises q mlp_3.5@1", "raises q mlp_3.6@1"]);
});

test("a name is cut where there is little room, and still says where", () => {
	expect(cutName({ text: "raises something", kind: "generated", at: "@12" }, 12)).toBe("raises … @12");
	expect(cutName({ text: "raises something", kind: "generated" }, 12)).toBe("raises some…");
});

test("what the end of a list does not raise is not said to be raised", () => {
	// Centred logits of a feature that writes for one token alone: all others fall a little.
	const centred = [raise("b", 11), raise("!", -0.9), raise("#", -0.9)];
	expect(tellingEffects(centred, "raises")).toEqual([raise("b", 11)]);
	expect(tellingEffects([raise("z", 1e-9), raise("y", 0)], "raises")).toEqual([]);
	expect(tellingEffects([raise("!", -0.9), raise("b", 11)], "lowers")).toEqual([raise("!", -0.9)]);
	expect(phraseOf(facts([context("a"), context("a")], [raise("z", 1e-9), raise("y", 1e-12)]))).toBe("fires on a");
});
