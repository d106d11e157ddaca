import { assert } from "#shared/errors";
import { type AdamOptions, buildAdam } from "./adam.ts";
import { differentiate } from "./differentiate.ts";
import { GraphSession, type Numbers } from "./session.ts";
import { input, scalar } from "./sources.ts";
import type { Value } from "./value.ts";

/** Named parameters with Adam's two moments. */
export interface TrainingState {
	readonly step: number;
	readonly parameters: ReadonlyMap<string, Numbers>;
	readonly means: ReadonlyMap<string, Numbers>;
	readonly squares: ReadonlyMap<string, Numbers>;
}

export interface TrainingGraph {
	/** What is minimised, `[]`. */
	readonly loss: Value;
	/** Further numbers to report each step. */
	readonly metrics: Readonly<Record<string, Value>>;
}

export function startState(parameters: ReadonlyMap<string, Numbers>): TrainingState {
	const zeros = () =>
		new Map([...parameters].map(([name, { data, dims }]) => [name, { data: new Float32Array(data.length), dims }]));
	return { step: 0, parameters, means: zeros(), squares: zeros() };
}

/** Forward, backward and Adam in one session: a step is one run, and the state passes through it. */
export class TrainingSession {
	readonly #session: GraphSession;
	readonly #beta1: number;
	readonly #beta2: number;

	private constructor(session: GraphSession, beta1: number, beta2: number) {
		this.#session = session;
		this.#beta1 = beta1;
		this.#beta2 = beta2;
	}

	/** `build` gets the parameters as inputs of the graph and returns the loss. */
	static async load(
		parameters: ReadonlyMap<string, Numbers>,
		options: Omit<AdamOptions, "rate" | "correction1" | "correction2">,
		build: (parameter: (name: string) => Value) => TrainingGraph,
	): Promise<TrainingSession> {
		const inputs = (prefix: string) =>
			new Map([...parameters].map(([name, { dims }]) => [name, input(`${prefix}:${name}`, dims)]));
		const [values, means, squares] = [inputs("value"), inputs("mean"), inputs("square")];
		const find = (map: ReadonlyMap<string, Value>, name: string): Value => {
			const value = map.get(name);
			assert(value, `no parameter ${name}`);
			return value;
		};
		const { loss, metrics } = build((name) => find(values, name));
		const names = [...parameters.keys()];
		const gradients = differentiate([{ value: loss, cotangent: scalar(1) }], [...values.values()]);
		const steps = buildAdam(
			names.map((name, i) => {
				const gradient = gradients[i];
				assert(gradient, `${name} does not reach the loss`);
				return { value: find(values, name), gradient, mean: find(means, name), square: find(squares, name) };
			}),
			{
				...options,
				rate: input("rate", []),
				correction1: input("correction1", []),
				correction2: input("correction2", []),
			},
		);
		const outputs: Record<string, Value> = { loss, ...metrics };
		for (const [i, name] of names.entries())
			for (const [prefix, value] of Object.entries(steps[i] as object)) outputs[`${prefix}:${name}`] = value as Value;
		return new TrainingSession(await GraphSession.load(outputs), options.beta1, options.beta2);
	}

	/** One step; returns the new state and the numbers reported. */
	async run(state: TrainingState, rate: number, feeds: Readonly<Record<string, Numbers>>) {
		const step = state.step + 1;
		const one = (number: number): Numbers => ({ data: Float32Array.of(number), dims: [] });
		const all: Record<string, Numbers> = {
			...feeds,
			rate: one(rate),
			correction1: one(1 - this.#beta1 ** step),
			correction2: one(1 - this.#beta2 ** step),
		};
		for (const [prefix, map] of [
			["value", state.parameters],
			["mean", state.means],
			["square", state.squares],
		] as const)
			for (const [name, numbers] of map) all[`${prefix}:${name}`] = numbers;
		const results = await this.#session.run(all);
		const collect = (prefix: string) =>
			new Map([...state.parameters.keys()].map((name) => [name, results[`${prefix}:${name}`] as Numbers]));
		const next: TrainingState = {
			step,
			parameters: collect("value"),
			means: collect("mean"),
			squares: collect("square"),
		};
		return { state: next, results };
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}
