import { describe, expect, test } from "vitest";
import type { CircuitNode } from "../../main/shared/circuit.ts";
import type { Question } from "../../main/shared/effect.ts";
import { type Telling, tellEdge, tellPath } from "../../main/shared/tell-path.ts";

const question: Question = {
	metricName: "cross_entropy",
	paired: false,
	tokens: ["<|endoftext|>", "C", " (", "C", ")"],
};
const node = (id: string, attribution: number, kind: CircuitNode["kind"] = "feature"): CircuitNode => ({
	...{ id, kind, position: Number(id.split("@")[1]), activation: 2, attribution },
});
// With cross-entropy a negative attribution, and a positive edge, raise the target.
const nodes = [
	node("token.7@2", 0, "token"),
	node("mlp_0.1@2", -0.3),
	node("resid_0.2@2", 0.2),
	node("attn_1.3@3", -0.1),
	node("logit.9@3", -1, "logit"),
	node("mlp_error_0@2", 0.1, "error"),
	{ ...node("mlp_error_1.rest", 0.1, "error"), position: 0, joined: 4 },
];
const weights = new Map([
	["token.7@2 mlp_0.1@2", 0.2],
	["mlp_0.1@2 resid_0.2@2", 0.1],
	["resid_0.2@2 attn_1.3@3", -0.05],
	["attn_1.3@3 logit.9@3", 0.04],
	["mlp_error_0@2 resid_0.2@2", -0.02],
	["token.7@2 attn_1.3@3", 0.01],
]);
const names = new Map([
	["mlp_0.1@2", { text: "opening brackets", kind: "human" as const }],
	["logit.9@3", { text: ")", kind: "plain" as const }],
	["mlp_error_0@2", { text: "error of mlp 0", kind: "plain" as const }],
	["mlp_error_1.rest", { text: "4 errors of mlp 1", kind: "plain" as const }],
]);
const telling = (change: Partial<Question> = {}): Telling => ({
	question: { ...question, ...change },
	nodeOf: (id) => nodes.find((one) => one.id === id),
	nameOf: (id) => names.get(id) ?? { text: id.split("@")[0] as string, kind: "id" },
	weightOf: (source, target) => weights.get(`${source} ${target}`),
});

describe("an edge in a sentence", () => {
	test("says by what way it goes and what ablating it does to the target, by its token", () => {
		expect(tellEdge("resid_0.2@2", "attn_1.3@3", telling(), { attentions: [1], mlps: [] })).toBe(
			"Through attention of layer 1, from “·(” at 2 to “C” at 3, resid_0.2 reaches attn_1.3: ablating it along this edge raises “)” by 0.0500 nats.",
		);
		expect(tellEdge("mlp_0.1@2", "resid_0.2@2", telling(), { attentions: [], mlps: [] })).toBe(
			"Straight along the stream on “·(” at 2, “opening brackets” (mlp_0.1) reaches resid_0.2: ablating it along this edge lowers “)” by 0.100 nats.",
		);
		expect(tellEdge("token.7@2", "mlp_0.1@2", telling(), { attentions: [], mlps: [0] })).toBe(
			"Through the MLP of layer 0, “·(” at 2 reaches “opening brackets” (mlp_0.1): ablating it along this edge lowers “)” by 0.200 nats.",
		);
		expect(tellEdge("token.7@2", "attn_1.3@3", telling(), { attentions: [0, 1], mlps: [0] })).toBe(
			"Through attention of layers 0 to 1 and the MLP of layer 0, from “·(” at 2 to “C” at 3, the token reaches attn_1.3: ablating it along this edge lowers “)” by 0.0100 nats.",
		);
	});

	test("of errors that are joined says no position, and which token it is that leads to them", () => {
		const weightOf = () => 0.3;
		expect(
			tellEdge("token.7@2", "mlp_error_1.rest", { ...telling(), weightOf }, { attentions: [0, 1], mlps: [1] }),
		).toBe(
			"Through attention of layers 0 to 1 or the MLP of layer 1, “·(” at 2 reaches the 4 errors of mlp 1: ablating it along this edge lowers “)” by 0.300 nats.",
		);
	});

	test("of a prompt pair is about moving to the other prompt, and before anything is known of its way about itself", () => {
		expect(tellEdge("mlp_0.1@2", "resid_0.2@2", telling({ paired: true }))).toBe(
			"Along this edge on “·(” at 2, “opening brackets” (mlp_0.1) reaches resid_0.2: moving it to the other prompt along this edge lowers “)” by 0.100 nats.",
		);
	});
});

describe("a path in sentences", () => {
	test("says what excites and inhibits what, where attention carries it, and what comes of it", () => {
		expect(tellPath(["token.7@2", "mlp_0.1@2", "resid_0.2@2", "attn_1.3@3", "logit.9@3"], telling())).toBe(
			"“·(” at 2 excites “opening brackets” (mlp_0.1), which inhibits resid_0.2. Attention carries it to “C” at 3, where it inhibits attn_1.3, which raises “)”.",
		);
	});

	test("may begin with attention, or at an error", () => {
		expect(tellPath(["token.7@2", "attn_1.3@3", "logit.9@3"], telling())).toBe(
			"Attention carries “·(” at 2 to “C” at 3, where it excites attn_1.3, which raises “)”.",
		);
		expect(tellPath(["mlp_error_0@2", "resid_0.2@2"], telling())).toBe(
			"The error of mlp 0, on “·(” at 2, excites resid_0.2.",
		);
	});

	test("of a prompt pair feeds, since nobody knows what was on before", () => {
		expect(tellPath(["token.7@2", "mlp_0.1@2"], telling({ paired: true }))).toBe(
			"“·(” at 2 feeds “opening brackets” (mlp_0.1).",
		);
	});
});
