import { expect, test } from "vitest";
import { buildCircuitDot } from "../../main/export/circuit-dot.ts";

test("what Graphviz would stumble over in a label stands there as a number or a sign", () => {
	const node = { id: "logit.1@0", kind: "logit", feature: 1, position: 0, activation: 1, attribution: 0 } as const;
	const dot = (token: string) =>
		buildCircuitDot({ nodes: [node], edges: [] }, { facts: new Map(), metricName: "logit(1)", tokenOf: () => token });
	// Graphviz 2.43: "non-space string used after </TABLE>" for a cell that ends in a bracket.
	expect(dot("]")).toContain("<tr><td>logit.1@0 &#93;</td></tr>");
	expect(dot("")).toContain("<tr><td>logit.1@0 ∅</td></tr>");
	expect(dot("<b>&\n\u0000")).toContain("&#60;b&#62;&#38;↵\ufffd");
});
