import { expect, test } from "vitest";
import { reference } from "../../main/app/locations.ts";
import { computeResponse } from "../../main/circuits/response.ts";
import type { ResponseRequest } from "../../main/shared/response.ts";

/** That the numbers are right is checked in `test/float64`. */
const request: ResponseRequest = {
	modelDir: reference.model,
	dictionaryDirs: [reference.dictionaries],
	prompt: "word ".repeat(60),
	metric: "cross_entropy",
	provider: "cpu",
	nodes: [],
	together: false,
	coefficients: [],
	watch: [],
	watchTokens: [],
};
const never = new AbortController().signal;

test("more coefficients than one run holds give what each gives alone", async () => {
	const nodes = [await findActive()];
	const coefficients = Array.from({ length: 700 }, (_, i) => i / 350);
	const [curve] = (await computeResponse({ ...request, nodes, coefficients }, never)).curves;
	const points = curve?.points ?? [];
	expect(points.map(({ coefficient }) => coefficient)).toEqual(coefficients);
	for (const i of [0, 1, 350, 698, 699]) {
		const { curves } = await computeResponse({ ...request, nodes, coefficients: [coefficients[i] ?? 0] }, never);
		const [alone] = curves[0]?.points ?? [];
		expect(Math.abs((points[i]?.value ?? Number.NaN) - (alone?.value ?? 0))).toBeLessThan(1e-5);
	}
});

test("it can be cancelled before its next run", async () => {
	const controller = new AbortController();
	controller.abort();
	const nodes = [await findActive()];
	await expect(computeResponse({ ...request, nodes, coefficients: [0] }, controller.signal)).rejects.toMatchObject({
		code: "cancelled",
	});
});

/** Any feature that is on somewhere in the prompt. */
async function findActive(): Promise<string> {
	for (let feature = 0; feature < 512; feature++)
		try {
			await computeResponse({ ...request, nodes: [`resid_1.${feature}`], coefficients: [1] }, never);
			return `resid_1.${feature}`;
		} catch {
			// Not active: the next.
		}
	throw new Error("No feature is active.");
}
