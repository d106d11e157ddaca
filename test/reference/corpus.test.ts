import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cutPassages, dropRepeated, loadCorpus } from "../../main/reference/corpus.ts";
import { cacheFolder, sampleFile } from "../../main/reference/paths.ts";

const sentence = "Mr. Clay of the U. S. Senate rose to speak of the canal and the bank. ";

describe("cutting passages", () => {
	test("keeps all text, and ends passages where sentences end", () => {
		const text = sentence.repeat(100).trim();
		const passages = cutPassages(text);
		expect(passages.join(" ")).toBe(text);
		// 29 sentences of 70 characters are the first to reach 2,000.
		expect(passages.map(({ length }) => length)).toEqual([2029, 2029, 2939]);
	});

	test("a short document is one passage", () => {
		expect(cutPassages("Call me Ishmael.")).toEqual(["Call me Ishmael."]);
	});
});

describe("the held-out sample", () => {
	test("drops what the training texts say in other lines and letters", () => {
		const words = "permission is hereby granted free of charge to any person obtaining a copy";
		const wrapped = words.toUpperCase().replaceAll(" of ", "\n> OF ");
		const fresh = "it was the best of times it was the worst of times it was";
		expect(dropRepeated([words, fresh], [`MIT.\n${wrapped}`])).toEqual([fresh]);
	});

	test("is not in the training texts", () => {
		const lettersOf = (text: string) => text.toLowerCase().replace(/[^a-z]+/g, "");
		const training = lettersOf(loadCorpus(join(cacheFolder, "../..")).training.join(" "));
		const passages = readFileSync(sampleFile, "utf8").trim().split("\n\n");
		expect(passages.length).toBeGreaterThan(50);
		for (const passage of passages) {
			const letters = lettersOf(passage);
			const middle = letters.slice(letters.length / 2 - 60, letters.length / 2 + 60);
			expect(training.includes(middle), middle).toBe(false);
		}
	});
});
