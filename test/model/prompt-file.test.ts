import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readPromptFile } from "../../main/model/prompt-file.ts";

const root = mkdtempSync(join(tmpdir(), "scd-prompts-"));
afterAll(() => rmSync(root, { recursive: true }));

const read = (name: string, text: string) => {
	const path = join(root, name);
	writeFileSync(path, text);
	return readPromptFile(path);
};

describe("files of prompts", () => {
	test("lines, as they are", async () => {
		expect(await read("a.txt", "The {cat} sat \n\nOne: two|three\r\n")).toEqual([
			{ prompt: "The {cat} sat " },
			{ prompt: "One: two|three" },
		]);
	});

	test("templates: every combination, the last slot turning fastest", async () => {
		const text = "{animal}: dog | cat\n{person}: man|woman\nThe {animal} that the {person} saw, a {animal},\nPlain.\n";
		expect((await read("b.txt", text)).map(({ prompt }) => prompt)).toEqual([
			"The dog that the man saw, a dog,",
			"The dog that the woman saw, a dog,",
			"The cat that the man saw, a cat,",
			"The cat that the woman saw, a cat,",
			"Plain.",
		]);
		await expect(read("c.txt", "{a}: x\nThe {b}\n")).rejects.toThrow(/Line 2 .*slot \{b\}/);
	});

	test("the pairs of feature-circuits", async () => {
		const line =
			'{"clean_prefix": "The uncle", "patch_prefix": "The uncles", "clean_answer": " has", "patch_answer": " have", "case": "singular"}';
		expect(await read("simple_test.json", `${line}\n${line}\n`)).toEqual(
			Array(2).fill({ prompt: "The uncle", patch: "The uncles", right: " has", wrong: " have" }),
		);
	});

	test("the pairs of EAP-IG and MIB: quoted commas, an index column, token numbers", async () => {
		const ioi =
			',clean,corrupted,corrupted_hard,correct_idx,incorrect_idx\n470,"Then, Aaron and ""Amber""","Then, Tiffany",x,47764,26757\n';
		expect(await read("ioi.csv", ioi)).toEqual([
			{ prompt: 'Then, Aaron and "Amber"', patch: "Then, Tiffany", right: 47764, wrong: 26757 },
		]);
		expect(await read("greater.csv", "clean,corrupted,label\nIn 13,In 14,52")).toEqual([
			{ prompt: "In 13", patch: "In 14" },
		]);
	});

	test("one array of objects; a row without a prompt is named with its fields", async () => {
		expect(await read("d.json", '[\n{"prompt": "a", "metric": "logit(b)"}\n]')).toEqual([
			{ prompt: "a", metric: "logit(b)" },
		]);
		await expect(read("e.jsonl", '{"prompt": "a"}\n{"body": "b"}\n')).rejects.toThrow(/Row 2 .*fields are body/);
		await expect(read("f.csv", "body\nb\n")).rejects.toThrow(/Row 2 .*fields are body/);
		await expect(readPromptFile("/nowhere.txt")).rejects.toThrow(/do not exist/);
	});
});
