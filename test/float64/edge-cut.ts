import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { runGpt2 } from "./gpt2.ts";
import { add, at, fill, leaf, type Matrix, subtract, type Variable } from "./tape.ts";

export interface EdgeCutCase {
	readonly model: Parameters<typeof runGpt2>[0];
	/** In the order of computation. */
	readonly dictionaries: readonly OracleDictionary[];
	readonly ids: readonly number[];
	/** The circuit's features, `mlp_0.3`. */
	readonly pins: readonly string[];
	readonly errors: "keep" | "remove";
	/** Whether an edge is kept; `logits` are one target. */
	joined(source: string, target: string): boolean;
	baseline(site: string, position: number, feature: number): number;
}

/** Logits of the circuit with some of its edges: sites one after the other, each feature in a run of its own. */
export function runWithEdges({ model, dictionaries, ids, pins, errors, joined, baseline }: EdgeCutCase): Matrix {
	const inCircuit = (site: string, f: number) => pins.includes(`${site}.${f}`);
	const used = new Map<string, Matrix>();
	const known = new Map<string, { dictionary: OracleDictionary; arrived: Variable; a: Matrix }>();
	const run = (target: string | undefined) =>
		runGpt2(model, ids, (site) => {
			const value = used.get(site);
			const own = known.get(site);
			if (!value || !own) return undefined;
			if (target === undefined) return leaf(value);
			const cut = fill(own.a.rows, own.a.cols, (t, f) =>
				inCircuit(site, f) && !joined(`${site}.${f}`, target) ? at(own.a, t, f) - baseline(site, t, f) : 0,
			);
			const zero = fill(own.a.rows, own.a.cols, () => 0);
			const away = subtract(
				decode(own.dictionary, leaf(cut), own.arrived),
				decode(own.dictionary, leaf(zero), own.arrived),
			);
			return subtract(leaf(value), away);
		});
	for (const dictionary of dictionaries) {
		const { site } = dictionary;
		const arrived = run(undefined).sites.get(site)?.computed as Variable;
		const plain = encode(dictionary, arrived).value;
		const a = fill(plain.rows, plain.cols, (t, f) => (inCircuit(site, f) ? at(plain, t, f) : baseline(site, t, f)));
		for (const pin of pins.filter((one) => one.startsWith(`${site}.`))) {
			const f = Number(pin.split(".")[1]);
			const seen = encode(dictionary, run(pin).sites.get(site)?.computed as Variable).value;
			for (let t = 0; t < a.rows; t++) a.data[t * a.cols + f] = at(seen, t, f);
		}
		const decoded = decode(dictionary, leaf(a), arrived);
		const value =
			errors === "remove" ? decoded : add(decoded, subtract(arrived, decode(dictionary, leaf(plain), arrived)));
		used.set(site, value.value);
		known.set(site, { dictionary, arrived, a });
	}
	return run("logits").logits.value;
}
