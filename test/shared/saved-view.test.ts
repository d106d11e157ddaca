import { expect, test } from "vitest";
import { initialView, readSavedView, threshold, writeSavedView } from "../../main/shared/saved-view.ts";

test("a view comes back as it was left, through JSON", () => {
	const left = {
		...initialView,
		camera: { x: -3.5, y: 12, zoom: 0.4 },
		...{ autoFit: false, selection: new Set(["mlp_0.1@2"]), edge: "a b", weightLevel: 0.3, atLeast: 2 },
		...{ showErrors: false, foldPositions: true, columns: "tokens" as const, mode: "table" as const },
	};
	expect(readSavedView(JSON.parse(JSON.stringify(writeSavedView(left))))).toEqual(left);
});

test("what is not understood of it is as usual, and the rest stays", () => {
	const read = readSavedView({
		camera: { x: 0, y: 0, zoom: 0 },
		weightLevel: 7,
		selection: ["a", 3],
		columns: "tokens",
	});
	expect(read).toEqual({ ...initialView, selection: new Set(["a"]), columns: "tokens" });
	for (const nothing of [undefined, null, "x", 3]) expect(readSavedView(nothing)).toEqual(initialView);
});

test("half the slider is an eighth of the strongest", () => {
	expect([threshold(0, 8), threshold(0.5, 8), threshold(1, 8)]).toEqual([0, 1, 8]);
});
