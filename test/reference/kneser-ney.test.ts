import { describe, expect, test } from "vitest";
import { seededRandom } from "#shared/random";
import { buildKneserNey, measureCrossEntropy } from "../../main/reference/kneser-ney.ts";

const vocabularySize = 30;
const random = seededRandom(5);
/** Squares crowd the low ids, as words crowd the common ones. */
const tokens = Uint16Array.from({ length: 4000 }, () => Math.floor(vocabularySize * random() ** 3));

describe("a Kneser-Ney trigram model", () => {
	test("gives the probabilities worked out by hand", () => {
		// Too few n-grams to estimate discounts: ½, 1, 1½. Trigrams 012 ×2, 120 ×2, 201 ×2, 011; bigrams 12 20 01 11.
		const model = buildKneserNey(Uint16Array.of(0, 1, 2, 0, 1, 2, 0, 1, 1), 3);
		const p = (a: number, b: number, c: number) => Math.exp(model.logProbability(a, b, c));
		expect(p(0, 1, 0)).toBeCloseTo(7 / 96, 12);
		expect(p(0, 1, 1)).toBeCloseTo(38 / 96, 12);
		expect(p(0, 1, 2)).toBeCloseTo(51 / 96, 12);
		// 1 1 was never followed: the bigram decides. 2 2 neither, but 2 was, by 0 alone: ½ + ½·7/24.
		expect(p(1, 1, 1)).toBeCloseTo(11 / 24, 12);
		expect(p(2, 2, 0)).toBeCloseTo(31 / 48, 12);
	});

	test("sums to one after seen and unseen histories", () => {
		const model = buildKneserNey(tokens, vocabularySize);
		for (const [a, b] of [
			[0, 0],
			[3, 1],
			[29, 29],
			[17, 4],
			[29, 28],
		] as const) {
			let sum = 0;
			for (let c = 0; c < vocabularySize; c++) sum += Math.exp(model.logProbability(a, b, c));
			expect(sum).toBeCloseTo(1, 12);
		}
	});

	test("agrees with the equations written out plainly", () => {
		const model = buildKneserNey(tokens, vocabularySize);
		const plain = buildPlainly([...tokens]);
		for (let i = 0; i < 500; i++) {
			const [a, b, c] = [tokens[i], tokens[i * 3], tokens[i + 9]] as [number, number, number];
			expect(model.logProbability(a, b, c)).toBeCloseTo(Math.log(plain([a, b, c])), 10);
		}
	});

	test("predicts every token of a stream from the two before it", () => {
		const model = buildKneserNey(tokens, vocabularySize);
		const expected =
			-(model.logProbability(7, 7, 2) + model.logProbability(7, 2, 5) + model.logProbability(2, 5, 1)) / 3;
		expect(measureCrossEntropy(model, Uint16Array.of(2, 5, 1), 7)).toBeCloseTo(expected, 12);
	});
});

/** Chen & Goodman's recursion over string keys, with sums over the whole vocabulary. */
function buildPlainly(stream: readonly number[]): (gram: readonly number[]) => number {
	const orders: Map<string, number>[] = [];
	let grams = stream.slice(2).map((_, i) => stream.slice(i, i + 3));
	while ((grams[0]?.length ?? 0) > 0) {
		const counts = new Map<string, number>();
		for (const gram of grams) counts.set(gram.join(), (counts.get(gram.join()) ?? 0) + 1);
		orders.unshift(counts);
		grams = [...counts.keys()].map((key) => key.split(",").map(Number).slice(1));
	}
	const probability = (gram: readonly number[]): number => {
		if (gram.length === 0) return 1 / vocabularySize;
		const counts = orders[gram.length - 1] as Map<string, number>;
		const n = [1, 2, 3, 4].map((k) => [...counts.values()].filter((count) => count === k).length) as number[];
		const [n1, n2, n3, n4] = n as [number, number, number, number];
		const y = n1 / (n1 + 2 * n2);
		let discounts = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
		if (discounts.some((d, i) => !(d > 0 && d <= i + 1))) discounts = [0.5, 1, 1.5];
		let [total, freed] = [0, 0];
		for (let c = 0; c < vocabularySize; c++) {
			const count = counts.get([...gram.slice(0, -1), c].join()) ?? 0;
			total += count;
			freed += count === 0 ? 0 : (discounts[Math.min(count, 3) - 1] as number);
		}
		const lower = probability(gram.slice(1));
		if (total === 0) return lower;
		const count = counts.get(gram.join()) ?? 0;
		const discount = count === 0 ? 0 : (discounts[Math.min(count, 3) - 1] as number);
		return (count - discount) / total + (freed / total) * lower;
	};
	return probability;
}
