import { describe, expect, test } from "vitest";
import { sourceOfText } from "../../main/import/import-source.ts";
import { readJsonMembers } from "../../main/import/json-members.ts";
import { seededRandom } from "../../main/shared/random.ts";

/** The same with reads of a few bytes, so that every place is once the end of a chunk. */
function inPieces(text: string, bytes: number) {
	const whole = sourceOfText(text, "x.json");
	return { ...whole, read: (offset: number) => whole.read(offset, bytes) };
}

async function readAll(text: string, bytes = 1 << 20): Promise<unknown> {
	const read: Record<string, unknown> = {};
	for await (const part of readJsonMembers(inPieces(text, bytes)))
		read[part.key] =
			"value" in part ? part.value : [...((read[part.key] as unknown[] | undefined) ?? []), ...part.elements];
	return read;
}

const samples = [
	"{}",
	' {"a":1 , "b" : [ ] }\n',
	'{"a":[1,2,[3,{"x":"]}"}]],"b":{"c":[1]},"d":"\\"}\\\\","e":null}',
	'{"ключ":["é😀\\u0000",-1.5e-7,true],"":[[],{}]}',
];

const broken = [
	'{"a":1,}',
	'{"a":[1,]}',
	'{"a":[,1]}',
	"{,}",
	'{"a"}',
	'{"a":}',
	'{"a":1 2}',
	'{"a":]}',
	"[]",
	"",
	"{",
	'{"a":[1}',
	"{} x",
];

describe("a JSON file in parts", () => {
	test.each(samples)("is what JSON.parse reads, wherever it is cut: %s", async (text) => {
		for (let bytes = 1; bytes < 12; bytes++) expect(await readAll(text, bytes)).toEqual(JSON.parse(text));
	});

	test.each(broken)("is refused where JSON.parse would refuse it: %s", async (text) => {
		await expect(readAll(text, 3)).rejects.toThrow(/damaged JSON/);
	});

	test("that is damaged anywhere is refused or read as JSON.parse reads it", async () => {
		const random = seededRandom(7);
		const sound = samples[2] as string;
		for (let i = 0; i < 3000; i++) {
			const at = Math.floor(random() * sound.length);
			const kinds = [
				sound.slice(0, at),
				sound.slice(0, at) + sound.slice(at + 1),
				`${sound.slice(0, at)}"${sound.slice(at)}`,
			];
			const text = kinds[i % 3] as string;
			let expected: unknown;
			try {
				expected = JSON.parse(text);
			} catch {}
			const read = readAll(text, 1 + (i % 7));
			if (expected === undefined) await expect(read, text).rejects.toThrow(/damaged JSON/);
			else expect(await read, text).toEqual(expected);
		}
	});
});
