import { add, div, mul, relu, sqrt, sub } from "./elementwise.ts";
import { reduceSum } from "./reductions.ts";
import { scalar } from "./sources.ts";
import type { Value } from "./value.ts";

export interface AdamOptions {
	/** Learning rate, `[]`: usually an input, so that it can follow a schedule. */
	readonly rate: Value;
	/** `1 − β₁ᵗ` and `1 − β₂ᵗ` at step t, `[]`. */
	readonly correction1: Value;
	readonly correction2: Value;
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	/** Decoupled weight decay (Loshchilov & Hutter 2019), applied to values of two axes. */
	readonly decay: number;
	/** Gradients are scaled down to this global norm; absent leaves them. */
	readonly clipNorm?: number;
}

export interface AdamState {
	readonly value: Value;
	readonly gradient: Value;
	/** Running mean of the gradient and of its square. */
	readonly mean: Value;
	readonly square: Value;
}

export interface AdamStep {
	readonly value: Value;
	readonly mean: Value;
	readonly square: Value;
}

/** One step of Adam (Kingma & Ba 2015) over all parameters, as a graph. */
export function buildAdam(states: readonly AdamState[], options: AdamOptions): readonly AdamStep[] {
	const { beta1, beta2, rate } = options;
	const scale = options.clipNorm === undefined ? undefined : clipScale(states, options.clipNorm);
	return states.map((state) => {
		const gradient = scale ? mul(state.gradient, scale) : state.gradient;
		const mean = add(mul(state.mean, beta1), mul(gradient, 1 - beta1));
		const square = add(mul(state.square, beta2), mul(mul(gradient, gradient), 1 - beta2));
		const direction = div(div(mean, options.correction1), add(sqrt(div(square, options.correction2)), options.epsilon));
		const decayed =
			options.decay > 0 && state.value.shape.length === 2 ? add(direction, mul(state.value, options.decay)) : direction;
		return { value: sub(state.value, mul(decayed, rate)), mean, square };
	});
}

/** Square root of the sum of all squared gradients, `[]`. */
function globalNorm(gradients: readonly Value[]): Value {
	return sqrt(
		gradients
			.map((g) =>
				reduceSum(
					mul(g, g),
					g.shape.map((_, i) => -1 - i),
					false,
				),
			)
			.reduce((a, b) => add(a, b)),
	);
}

/** `min(1, clip / norm)`, written without a minimum: clip / max(norm, clip). */
function clipScale(states: readonly AdamState[], clip: number): Value {
	const norm = globalNorm(states.map(({ gradient }) => gradient));
	const excess = sub(norm, clip);
	return div(scalar(clip), add(relu(excess), clip));
}
