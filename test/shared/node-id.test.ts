import { describe, expect, test } from "vitest";
import { formatNodeId, parseNodeId } from "../../main/shared/node-id.ts";

describe("node ids", () => {
	test.each([
		"mlp_3.17@5",
		"attn_0.2",
		"resid_-1.7",
		"z_2.9@0",
		"mid_1.4@3",
		"mlp_error_8@2",
		"resid_error_-1",
		"token.464@0",
		"logit.8@6",
	])("%s is read and written the same", (id) => {
		expect(formatNodeId(parseNodeId(id))).toBe(id);
	});

	test("the seed's error nodes are understood", () => {
		expect(parseNodeId("mlp_error_8.0")).toEqual({ kind: "error", site: { kind: "mlp", layer: 8 } });
	});

	test.each(["", "mlp_3", "foo_1.2", "mlp_3.x", "mlp_3.17@", "MLP_3.17", "mlp_3.17 "])("'%s' is refused", (id) => {
		expect(() => parseNodeId(id)).toThrow(/is not a node/);
	});
});
