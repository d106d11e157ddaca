import { describe, expect, test } from "vitest";
import type { FeatureFacts } from "#shared/feature-facts";
import { factsOfShared, findShared, type Member, proposeName } from "#shared/supernode";

const facts = (
	raises: readonly string[],
	peaks: readonly string[] = [],
	lowers: readonly string[] = [],
): FeatureFacts => ({
	feature: 0,
	frequency: 0.1,
	maxActivation: 1,
	contexts: peaks.map((peak) => ({ tokens: ["x", peak], activations: [0, 1], peak: 1 })),
	raises: raises.map((token, i) => ({ token, effect: 1 / (i + 1) })),
	lowers: lowers.map((token) => ({ token, effect: -1 })),
});

const feature = (id: string, more: Partial<Member> = {}): Member => ({
	id,
	kind: "feature",
	position: 3,
	token: " (",
	name: id,
	attribution: 1,
	...more,
});

describe("what a supernode's members share", () => {
	test("words of several labels, without those that say nothing, name it", () => {
		const members = [
			feature("mlp_1.1@3", { label: "closing brackets in code" }),
			feature("mlp_1.2@4", { label: "The closing of brackets", position: 4 }),
			feature("mlp_1.3@4", { label: "parentheses", position: 4 }),
		];
		const shared = findShared(members);
		expect(shared.words).toEqual([
			{ text: "closing", features: ["mlp_1.1", "mlp_1.2"] },
			{ text: "brackets", features: ["mlp_1.1", "mlp_1.2"] },
		]);
		expect(proposeName(members)).toBe("closing brackets");
	});

	test("without labels, tokens that at least half of them raise; what one raises twice counts once", () => {
		const members = [
			feature("mlp_1.1@3", { facts: facts([")", ";"]) }),
			feature("mlp_1.1@4", { facts: facts([")", ";"]), position: 4 }),
			feature("mlp_1.2@4", { facts: facts(["]", ")"]), position: 4 }),
			feature("mlp_1.3@4", { facts: facts(["}"]), position: 4 }),
		];
		const shared = findShared(members);
		expect(shared.features).toBe(3);
		expect(shared.raises).toEqual([{ text: ")", features: ["mlp_1.1", "mlp_1.2"], effect: (1 + 1 / 2) / 2 }]);
		expect(proposeName(members)).toBe("raises “)”");
	});

	test("else the token on which they fire, else where all stand, else the strongest one's name", () => {
		const firing = ["a", "b"].map((_, i) => feature(`mlp_1.${i}@${i}`, { facts: facts([], [" ("]), position: i }));
		expect(proposeName(firing)).toBe("on “(”");
		expect(findShared(firing).contexts[0]?.contexts).toHaveLength(2);
		expect(proposeName([feature("mlp_1.1@3"), feature("mlp_1.2@3")])).toBe("at “·(”");
		expect(
			proposeName([
				feature("mlp_1.1@3"),
				feature("mlp_1.2@4", { position: 4, attribution: -2, name: "capital letters" }),
			]),
		).toBe("capital letters and 1 more");
		const token = (text: string, position: number): Member => ({
			...feature(`token.1@${position}`),
			kind: "token",
			token: text,
			position,
		});
		expect(proposeName([token("Copy", 1), token("right", 2)])).toBe("Copy right");
	});

	test("its card has what they share, and none where they share nothing", () => {
		const members = [
			feature("mlp_1.1@3", { facts: facts([")"], ["("], ["the"]) }),
			feature("mlp_1.2@3", { facts: facts([")"], ["("], ["the"]) }),
		];
		const card = factsOfShared(findShared(members));
		expect([card?.raises, card?.lowers.map(({ token }) => token), card?.contexts.length]).toEqual([
			[{ token: ")", effect: 1 }],
			["the"],
			2,
		]);
		expect(factsOfShared(findShared([feature("mlp_1.1@3"), feature("mlp_1.2@3")]))).toBeUndefined();
	});
});
