import { expect, test } from "vitest";
import { rankEdges } from "#shared/rank-edges";
import { measureAreas } from "../../main/circuits/edge-curve.ts";

test.each([
	// NumPy's trapezoid over MIB's ten shares, in float64.
	["rising past 1", [-0.1, 0, 0.05, 0.2, 0.35, 0.6, 0.8, 1.15, 1.05, 0.97], 0.98515, 0.11385],
	["all of it throughout", Array(10).fill(1), 0.999, 0],
	["nothing throughout", Array(10).fill(0), 0, 0.999],
])("CPR and CMD of a curve %s", (_, curve, cpr, cmd) => {
	expect(measureAreas(curve)).toEqual({ cpr: expect.closeTo(cpr, 12), cmd: expect.closeTo(cmd, 12) });
});

test("edges rank by the size of what their positions add up to; only features and logits have any", () => {
	const edges = [
		{ source: "mlp_0.1@1", target: "mlp_1.2@3", weight: 0.5 },
		{ source: "mlp_0.1@2", target: "mlp_1.2@3", weight: -0.4 },
		{ source: "mlp_0.1@2", target: "logit.7@3", weight: -0.2 },
		{ source: "mlp_0.1@2", target: "logit.8@3", weight: -0.1 },
		{ source: "token.5@2", target: "mlp_0.1@2", weight: 3 },
		{ source: "mlp_error_0@2", target: "mlp_1.2@3", weight: 3 },
		{ source: "mlp_0.1@2", target: "mlp_error_1@3", weight: 3 },
	];
	expect(rankEdges(edges as never)).toEqual([
		["mlp_0.1", "logits"],
		["mlp_0.1", "mlp_1.2"],
	]);
});
