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
		const capitals = ",clean,corrupted,country_idx,corrupted_country_idx\n0,Paris is in,Rome is in,4881,8031\n";
		expect(await read("capitals.csv", capitals)).toEqual([
			{ prompt: "Paris is in", patch: "Rome is in", right: 4881, wrong: 8031 },
		]);
		const kinds = 'clean,corrupted,answers_idx,corrupted_answers_idx\nA cat is a,An oak is a,[2137],"[5509]"\n';
		expect(await read("kinds.csv", kinds)).toEqual([
			{ prompt: "A cat is a", patch: "An oak is a", right: 2137, wrong: 5509 },
		]);
	});

	test("rows of MIB as they lie on Hugging Face: words go on from the prompt, labels stand as they are", async () => {
		const flip = { prompt: "John and Mary; Mary gave it to", choices: ["Mary", "John"], answerKey: 1 };
		const names = {
			...{ prompt: "John and Mary; John gave it to", template: "{a}", metadata: { subject: "John" } },
			...{
				choices: ["Mary", "John"],
				answerKey: 0,
				abc_counterfactual: { prompt: "no" },
				s2_io_flip_counterfactual: flip,
			},
		};
		const choice = {
			...{ prompt: "Red?\nAnswer:", choices: { label: ["A", "B", "C"], text: ["red", "blue", "pink"] }, answerKey: 2 },
			symbol_counterfactual: { prompt: "Red?\nReply:", choices: { label: ["A", "B", "C"] }, answerKey: 1 },
		};
		const sum = { prompt: "17 plus 70: ", label: 87, random_counterfactual: { prompt: "17 plus 40: ", label: "57" } };
		expect(await read("mib.jsonl", [names, choice, sum].map((row) => JSON.stringify(row)).join("\n"))).toEqual([
			{ prompt: names.prompt, patch: flip.prompt, right: " Mary", wrong: " John" },
			{ prompt: choice.prompt, patch: "Red?\nReply:", right: "C", wrong: "B" },
			{ prompt: sum.prompt, patch: "17 plus 40: ", right: "87", wrong: "57" },
		]);
	});

	test.each([
		[
			"clean,corrupted,correct_idx\nIn 13,In 14,54\n",
			/Row 2 .*correct_idx without incorrect_idx.* a year and no token/,
		],
		["clean,corrupted,label\nIn 13,In 14,52\n", /Row 2 .*answers that are not understood, in label.*column answer/],
		["clean,corrupted,plural\nThe dog,The dogs,1\n", /not understood, in plural/],
		['clean,corrupted,answers_idx,corrupted_answers_idx\na,b,"[1, 2]",[3]\n', /lists 2 answers in answers_idx/],
		["prompt,corrupted_hard,answer\na,b,c\n", /a pair that is not understood, in corrupted_hard/],
		["prompt,wrong_answer\na,c\n", /not understood, in wrong_answer/],
	])("what is not understood is refused by its name: %j", async (text, words) => {
		await expect(read("refused.csv", text)).rejects.toThrow(words);
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
