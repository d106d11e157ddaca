import { add, greaterOrEqual, mul, relu, sign, toFloat } from "../onnx/elementwise.ts";
import { pickElements } from "../onnx/linear.ts";
import { kthLargest, topK } from "../onnx/reductions.ts";
import { reshape } from "../onnx/shaping.ts";
import { integers } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { DictionaryConfig } from "./dictionary-config.ts";

/** The rule by which a kind that keeps k features at each position chooses them. */
type Choice = Pick<DictionaryConfig, "architecture" | "signed"> & { readonly k: number };

export function choiceOf({ architecture, k, signed }: DictionaryConfig): Choice | undefined {
	return k === undefined ? undefined : { architecture, k, ...(signed && { signed }) };
}

/** Of pre-activations `[…, dSae]` the activations: those that are not chosen are 0. */
export function keepChosen(before: Value, choice: Choice): Value {
	const { architecture, k } = choice;
	if (architecture === "groupmax") {
		const groups = splitGroups(before, k);
		const kept = mul(relu(groups), toFloat(greaterOrEqual(groups, kthLargest(groups, 1))));
		return reshape(kept, before.shape);
	}
	const size = rank(before, choice);
	return mul(rectify(before, choice), toFloat(greaterOrEqual(size, kthLargest(size, k))));
}

/** The same as lists: the k activations `[…, k]` and the numbers of their features. */
export function listChosen(before: Value, choice: Choice): { readonly values: Value; readonly indices: Value } {
	const { architecture, k } = choice;
	if (architecture === "groupmax") {
		const groups = splitGroups(before, k);
		const [values, places] = topK(groups, 1);
		const shape = [...before.shape.slice(0, -1), k];
		const size = groups.shape.at(-1) as number;
		const firsts = integers(Array.from({ length: k }, (_, group) => group * size));
		return { values: relu(reshape(values, shape)), indices: add(reshape(places, shape), firsts) };
	}
	const [values, indices] = topK(rank(before, choice), k);
	if (architecture !== "abstopk") return { values: rectify(values, choice), indices };
	return { values: pickElements(before, indices), indices };
}

function rectify(before: Value, { signed }: Pick<Choice, "signed">): Value {
	return signed ? before : relu(before);
}

/** What is compared: the pre-activation, or its size. */
function rank(before: Value, { architecture }: Pick<Choice, "architecture">): Value {
	return architecture === "abstopk" ? mul(before, sign(before)) : before;
}

/** k groups of neighbours, of which each keeps its largest. */
function splitGroups(before: Value, k: number): Value {
	return reshape(before, [...before.shape.slice(0, -1), k, (before.shape.at(-1) as number) / k]);
}
