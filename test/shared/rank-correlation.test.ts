import { expect, test } from "vitest";
import { areaUnderRoc, averagePrecision } from "#shared/detection";
import { kendall, pearson, spearman } from "#shared/rank-correlation";

test("correlations of numbers with ties are SciPy's", () => {
	const a = [0.3, -1.2, 0.3, 2.5, 0, -0.7, 1.1, 0.9];
	const b = [0.1, -0.9, 0.4, 1.7, 0.2, 0.2, 1.3, -0.4];
	expect(pearson(a, b)).toBeCloseTo(0.7997085884344145, 12);
	expect(spearman(a, b)).toBeCloseTo(0.6506024096385541, 12);
	expect(kendall(a, b)).toBeCloseTo(0.5185185185185185, 12);
	for (const find of [pearson, spearman, kendall]) expect(find([1, 1, 1], [1, 2, 3])).toBeUndefined();
});

test("areas of scores with ties are scikit-learn's", () => {
	const scores = [0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.5, 0.4, 0, 0];
	const all = scores.map((score, i) => ({ score, known: [0, 1, 4, 6, 9].includes(i) }));
	expect(areaUnderRoc(all)).toBeCloseTo(0.62, 12);
	expect(averagePrecision(all)).toBeCloseTo(0.6676190476190476, 12);
	expect(areaUnderRoc(all.filter(({ known }) => known))).toBeUndefined();
	expect(averagePrecision(all.filter(({ known }) => !known))).toBeUndefined();
});
