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
	node: "resid_1.231",
	coefficients: [],
};
const never = new AbortController().signal;

test("more coefficients than one run holds give what each gives alone", async () => {
	const node = await findActive();
	const coefficients = Array.from({ length: 700 }, (_, i) => i / 350);
	const { points } = await computeResponse({ ...request, node, coefficients }, never);
	expect(points.map(({ coefficient }) => coefficient)).toEqual(coefficients);
	for (const i of [0, 1, 350, 698, 699]) {
		const [alone] = (await computeResponse({ ...request, node, coefficients: [coefficients[i] ?? 0] }, never)).points;
		expect(Math.abs((points[i]?.value ?? Number.NaN) - (alone?.value ?? 0))).toBeLessThan(1e-5);
	}
});

test("it can be cancelled before its next run", async () => {
	const controller = new AbortController();
	controller.abort();
	const node = await findActive();
	await expect(computeResponse({ ...request, node, coefficients: [0] }, controller.signal)).rejects.toMatchObject({
		code: "cancelled",
	});
});

/** Any feature that is on somewhere in the prompt. */
async function findActive(): Promise<string> {
	for (let feature = 0; feature < 512; feature++)
		try {
			await computeResponse({ ...request, node: `resid_1.${feature}`, coefficients: [1] }, never);
			return `resid_1.${feature}`;
		} catch {
			// Not active: the next.
		}
	throw new Error("No feature is active.");
}
