import { expect, test } from "vitest";
import { packFactBody, unpackFactBody } from "../../main/store/fact-bytes.ts";

test("a histogram is stored with the facts, and facts without one still read", () => {
	const body = { contexts: [], raises: [], lowers: [] };
	const histogram = { max: 6.5, counts: [300, 0, 7, 128, 0] };
	const id = () => 0;
	expect(unpackFactBody(packFactBody({ ...body, histogram }, id), String).histogram).toEqual(histogram);
	expect(unpackFactBody(packFactBody(body, id), String)).toEqual(body);
});
