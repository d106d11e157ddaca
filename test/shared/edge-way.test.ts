import { expect, test } from "vitest";
import { findWay } from "../../main/shared/edge-way.ts";
import type { Site } from "../../main/shared/site.ts";

const site = (kind: Site["kind"], layer: number, head?: number): Site => ({
	kind,
	layer,
	...(head !== undefined && { head }),
});
const all = [0, 1, 2, 3].flatMap((layer) => [`attn_${layer}`, `mlp_${layer}`, `resid_${layer}`]);

// What each says follows from the table of section 3 in Marks et al. (2024) and from the order of GPT-2's sublayers.
test.each([
	["into attention from the stream before", site("resid", 1), site("attn", 2), all, [2], []],
	["into an MLP from attention beside it", site("attn", 2), site("mlp", 2), all, [], [2]],
	["into the stream from its MLP", site("mlp", 2), site("resid", 2), all, [], []],
	["from stream to stream, what lies beside being held", site("resid", 1), site("resid", 2), all, [], []],
	["from stream to stream, where nothing is held", site("resid", 0), site("resid", 2), ["resid_0"], [1, 2], [1, 2]],
	["of MLPs three layers apart, one between being held", site("mlp", 0), site("mlp", 3), ["mlp_1"], [1, 2, 3], [2, 3]],
	["into one head", site("resid", 0), site("z", 1, 3), ["resid_0"], [1], []],
	["out of one head", site("z", 1, 3), site("resid", 1), ["z_1h3"], [], [1]],
	["into the logits", site("resid", 3), undefined, all, [], []],
	["from an MLP into the logits", site("mlp", 2), undefined, ["mlp_2"], [3], [3]],
	["from the tokens", site("embed", -1), site("mlp", 0), all, [], [0]],
	["from the middle of a block", site("mid", 0), site("mlp", 0), ["resid_0"], [], [0]],
])("the way %s crosses these attentions and MLPs", (_, source, target, held, attentions, mlps) => {
	expect(findWay(source, target, held, 4)).toEqual({ attentions, mlps });
});
