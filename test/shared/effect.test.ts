import { expect, test } from "vitest";
import { edgeEffect, nameTarget, nodeEffect, sayEdge, sayEffect, showEffect } from "../../main/shared/effect.ts";

const loss = { metricName: "cross_entropy", paired: false, tokens: ["a", " (", ")"] };
const logit = { ...loss, metricName: "logit( cat)" };

test("positive raises the target, whatever the metric's own direction and whatever a node is compared with", () => {
	// Being there adds 0.2 to the loss; ablating the source of the edge takes 0.1 from it.
	expect([nodeEffect(loss, 0.2), edgeEffect(loss, -0.1)]).toEqual([-0.2, -0.1]);
	// Being there adds 0.2 to the logit; ablating takes 0.1 from it, so that its source had raised it.
	expect([nodeEffect(logit, 0.2), edgeEffect(logit, -0.1)]).toEqual([0.2, 0.1]);
	// Moving to the other prompt adds 0.2 to the logit: being here lowers it.
	expect(nodeEffect({ ...logit, paired: true }, 0.2)).toBe(-0.2);
	expect(nodeEffect({ ...loss, paired: true }, 0.2)).toBe(0.2);
	const graph = { ...loss, metricName: "attribution_graph" };
	expect([nodeEffect(graph, 0.2), edgeEffect(graph, 0.3)]).toEqual([0.2, 0.3]);
});

test("it is said with the token that it is about, and in little room by an arrow", () => {
	expect(sayEffect(loss, -0.079)).toBe("lowers “)” by 0.0790 nats");
	expect(sayEffect(logit, 1.5)).toBe("raises “·cat” by 1.50 in its logit");
	expect(sayEffect({ ...loss, metricName: "logit_difference( he, she)" }, 1)).toBe(
		"raises “·he” over “·she” by 1.00 in its logit",
	);
	expect(sayEffect({ ...loss, metricName: "jacobian" }, 2)).toBe("raises what it leads to by 2.00");
	const ablated = { ...loss, metricName: "ablation, logprob( 20)" };
	expect(sayEffect(ablated, -1)).toBe("lowers “·20” by 1.00 nats");
	expect(sayEdge(ablated, 0.5)).toBe("raises the node that it leads to by 0.500");
	expect(sayEdge(logit, -0.5)).toBe("lowers “·cat” by 0.500 in its logit");
	expect(sayEffect(logit, 0)).toBe("does nothing to “·cat”");
	expect(nameTarget({ ...loss, tokens: [] })).toBe("the target");
	expect([0.25, -0.25, 0].map(showEffect)).toEqual(["↑ 0.250", "↓ 0.250", "0"]);
});
