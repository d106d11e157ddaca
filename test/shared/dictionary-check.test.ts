import { describe, expect, test } from "vitest";
import { type DictionaryCheck, judgeCheck } from "#shared/dictionary-check";

const check = (change: Partial<DictionaryCheck> & { l0?: number; explained?: number } = {}): DictionaryCheck => ({
	...{ dir: "/saes/x", name: "x", hash: "h", site: "resid_7", features: 24_576, bos: true, tokens: 512 },
	rule: {
		centred: { value: false, why: "default" },
		valueBiases: { value: "kept", why: "default" },
		normFactor: { value: 1, why: "default" },
	},
	measured: { l0: change.l0 ?? 60, explained: change.explained ?? 0.9, dead: 0.8, recovered: 0.98 },
	stated: null,
	alternatives: [],
	...change,
});
const stated = { release: "gpt2-small-res-jb", l0: 60, explained: 0.9 };
const centred = (explained: number) => [{ change: "--center on", l0: 55, explained, dead: 0.8 }];

describe("what figures say of how a dictionary was loaded", () => {
	test("as its release states", () => {
		const { verdict, sentence } = judgeCheck(check({ stated, explained: 0.88, l0: 64 }));
		expect(verdict).toBe("as-stated");
		expect(sentence).toBe(
			"As stated: L0 64, explained variance 0.88 (gpt2-small-res-jb: L0 60, explained variance 0.90).",
		);
	});

	test("more than the release states is no fault", () => {
		expect(judgeCheck(check({ stated: { ...stated, explained: 0.2 } })).verdict).toBe("as-stated");
		expect(judgeCheck(check({ stated: { ...stated, explained: -7.55 }, explained: -6 })).verdict).toBe("as-stated");
	});

	test("unlike what its release states", () => {
		expect(judgeCheck(check({ stated, explained: 0.41 })).verdict).toBe("unlike-stated");
		expect(judgeCheck(check({ stated, l0: 300 })).verdict).toBe("unlike-stated");
		expect(judgeCheck(check({ stated, l0: 0 })).verdict).toBe("unlike-stated");
	});

	test("better where it is read otherwise, also where that is what the release does not state", () => {
		const { verdict, sentence } = judgeCheck(check({ stated, explained: 0.41, alternatives: centred(0.93) }));
		expect(verdict).toBe("fits-better");
		expect(sentence).toBe("Fits better with --center on (explained variance 0.93 instead of 0.41).");
	});

	test("what explains next to nothing, or where no feature fires, is no advice", () => {
		expect(judgeCheck(check({ explained: -2, alternatives: centred(0.29) })).verdict).toBe("doubtful");
		const silent = [{ change: "--center on", l0: 0, explained: 0.5, dead: 1 }];
		expect(judgeCheck(check({ explained: -2, alternatives: silent })).verdict).toBe("doubtful");
		expect(judgeCheck(check({ explained: -2, alternatives: centred(0.31) })).verdict).toBe("fits-better");
	});

	test("a little more explained is no reason", () => {
		expect(judgeCheck(check({ stated, alternatives: centred(0.91) })).verdict).toBe("as-stated");
		expect(judgeCheck(check({ explained: 0.6, alternatives: centred(0.65) })).verdict).toBe("sound");
	});

	test("without a statement, sound or doubtful", () => {
		expect(judgeCheck(check()).verdict).toBe("sound");
		expect(judgeCheck(check({ explained: 0.1 })).verdict).toBe("doubtful");
		expect(judgeCheck(check({ explained: -2 })).sentence).toContain("belongs to this model");
	});

	test("a factor that is missing is said", () => {
		const rule = { ...check().rule, normFactor: { value: null, why: "default" as const } };
		expect(judgeCheck(check({ rule })).sentence).toContain("--norm-factor");
		const alternatives = [{ change: "--norm-factor 2.5", l0: 3, explained: -1, dead: 0 }];
		expect(judgeCheck(check({ rule, explained: -3, alternatives })).sentence).toContain("(this text suggests 2.5)");
	});
});
