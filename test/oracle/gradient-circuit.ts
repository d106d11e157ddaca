import { OracleDictionary } from "./dictionary.ts";
import { OracleModel, type Rows } from "./gpt2.ts";
import { Tape } from "./tape.ts";

/** Everything about one site that a circuit speaks of; numbers only. */
export interface OracleSite {
	readonly name: string;
	/** `[position]` → feature → value. */
	readonly activations: readonly ReadonlyMap<number, number>[];
	readonly attributions: readonly ReadonlyMap<number, number>[];
	readonly errorNorms: readonly number[];
	readonly errorAttributions: readonly number[];
	/** `Σ attributions + g·decode(0) + g·e` and `g·x` at each position (zero baseline). */
	readonly identity: readonly (readonly [number, number])[];
}

export interface OracleTrace {
	readonly metric: number;
	readonly sites: readonly OracleSite[];
	readonly logits: readonly { readonly token: number; readonly logit: number; readonly attribution: number }[];
	readonly tokenAttributions: readonly number[];
	/** Effects into a feature, an error or a logit from everything upstream: id → effect. */
	effectsInto(target: { site?: string; feature?: number; position: number; term?: number }): ReadonlyMap<string, number>;
}

export interface OracleMetric {
	readonly terms: readonly (readonly [token: number, coefficient: number])[];
	readonly normaliser: number;
}

export interface OracleOptions {
	readonly modelDir: string;
	/** Site name → folder. */
	readonly dictionaries: Readonly<Record<string, string>>;
	/** Tokens that the model runs on. */
	readonly ids: readonly number[];
	readonly metric: OracleMetric;
	readonly patchIds?: readonly number[];
	readonly steps?: number;
}

const valuesOf = (tape: Tape, rows: Rows) => rows.map((row) => row.map((v) => tape.value(v)));
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, number, i) => sum + number * (b[i] as number), 0);

/** A gradient circuit straight from its definition: one differentiation for each question. */
export function traceOracle({ modelDir, dictionaries, ids, metric, patchIds, steps }: OracleOptions): OracleTrace {
	const model = new OracleModel(modelDir);
	const tables = new Map(Object.entries(dictionaries).map(([name, dir]) => [name, new OracleDictionary(dir)]));
	const metricOf = (tape: Tape, final: Rows) => {
		const logits = model.logits(tape, final.at(-1) as readonly number[]);
		const normaliser = tape.log(tape.sum(logits.map((v) => tape.exp(v))));
		const named = metric.terms.map(([token, coefficient]) => tape.scale(logits[token] as number, coefficient));
		return { logits, normaliser, value: tape.add(tape.sum(named), tape.scale(normaliser, metric.normaliser)) };
	};

	const tape = new Tape();
	const clean = new Map<string, Rows>();
	const final = model.forward(tape, ids, (site, rows) => {
		clean.set(site, rows);
		return rows;
	});
	const measured = metricOf(tape, final);
	const gradients = tape.backward(new Map([[measured.value, 1]]));
	const numbers = new Map([...clean].map(([site, rows]) => [site, valuesOf(tape, rows)]));
	const patch = new Map<string, readonly (readonly number[])[]>();
	if (patchIds) {
		const other = new Tape();
		model.forward(other, patchIds, (site, rows) => {
			patch.set(site, valuesOf(other, rows));
			return rows;
		});
	}
	const encodeNumbers = (table: OracleDictionary, row: readonly number[]) => {
		const own = new Tape();
		const encoded = table.encode(own, row.map((number) => own.leaf(number)));
		return { activations: encoded.activations.map((v) => own.value(v)), reconstruction: encoded.reconstruction.map((v) => own.value(v)), nothing: encoded.nothing, direction: encoded.direction };
	};

	const slopesAt = (name: string): readonly (readonly number[])[] => {
		const rows = clean.get(name) as Rows;
		if (steps === undefined) return rows.map((row) => row.map((v) => gradients[v] as number));
		const table = tables.get(name) as OracleDictionary;
		const mean = rows.map((row) => row.map(() => 0));
		for (let i = 0; i < steps; i++) {
			const path = new Tape();
			let moved: Rows = [];
			const end = model.forward(path, ids, (site, computed) => {
				if (site !== name) return computed;
				moved = (numbers.get(name) as number[][]).map((x, t) => {
					const { reconstruction, nothing } = encodeNumbers(table, x);
					const base = patchIds ? encodeNumbers(table, patch.get(name)?.[t] as readonly number[]).reconstruction : nothing;
					return x.map((number, j) => path.leaf(number + (i / steps) * ((base[j] as number) - (reconstruction[j] as number))));
				});
				return moved;
			});
			const slope = path.backward(new Map([[metricOf(path, end).value, 1]]));
			for (const [t, row] of moved.entries()) for (const [j, v] of row.entries()) (mean[t] as number[])[j] = (mean[t]?.[j] as number) + (slope[v] as number) / steps;
		}
		return mean;
	};

	const plain = new Map<string, { weights: ReadonlyMap<number, number>[]; gradient: number[][]; encoded: ReturnType<typeof encodeNumbers>[]; errors: number[][] }>();
	const sites = [...tables].map(([name, table]): OracleSite => {
		const rows = numbers.get(name) as number[][];
		const gradient = (clean.get(name) as Rows).map((row) => row.map((v) => gradients[v] as number));
		const slopes = slopesAt(name);
		const encoded = rows.map((row) => encodeNumbers(table, row));
		const errors = rows.map((row, t) => row.map((number, i) => number - (encoded[t]?.reconstruction[i] as number)));
		const activations = encoded.map(({ activations: all }) => new Map(all.flatMap((a, f) => (a === 0 ? [] : [[f, a] as const]))));
		const attributions = encoded.map(({ activations: all, direction }, t) => {
			const other = patchIds ? encodeNumbers(table, patch.get(name)?.[t] as readonly number[]).activations : undefined;
			return new Map(
				all.flatMap((a, f) => {
					const change = other ? (other[f] as number) - a : a;
					return a === 0 && (other?.[f] ?? 0) === 0 ? [] : [[f, dot(slopes[t] as readonly number[], direction(f)) * change] as const];
				}),
			);
		});
		const weights = encoded.map(({ direction }, t) => new Map([...(activations[t]?.keys() ?? [])].map((f) => [f, dot(gradient[t] as number[], direction(f))])));
		plain.set(name, { weights, gradient, encoded, errors });
		const errorAttributions = errors.map((e, t) => dot(gradient[t] as number[], e));
		return {
			name,
			activations,
			attributions,
			errorNorms: errors.map((e) => Math.hypot(...e)),
			errorAttributions,
			identity: rows.map((x, t) => [
				[...(attributions[t]?.values() ?? [])].reduce((a, b) => a + b, 0) + dot(gradient[t] as number[], encoded[t]?.nothing as readonly number[]) + (errorAttributions[t] as number),
				dot(gradient[t] as number[], x),
			]),
		};
	});
	const probability = (token: number) => Math.exp(tape.value(measured.logits[token] as number) - tape.value(measured.normaliser));
	const logitWeight = (i: number) => (metric.terms[i]?.[1] as number) + metric.normaliser * probability(metric.terms[i]?.[0] as number);

	return {
		metric: tape.value(measured.value),
		sites,
		logits: metric.terms.map(([token], i) => {
			const logit = tape.value(measured.logits[token] as number);
			return { token, logit, attribution: logitWeight(i) * logit };
		}),
		tokenAttributions: ids.map((id, t) => dot((clean.get("resid_-1") as Rows)[t]?.map((v) => gradients[v] as number) as number[], model.row("wte.weight", id))),
		effectsInto({ site, feature, position, term }) {
			const own = new Tape();
			const held = new Map<string, Rows>();
			const target: { rows?: Rows } = {};
			const end = model.forward(own, ids, (name, rows) => {
				if (name === site) target.rows = rows;
				if (target.rows || (!tables.has(name) && name !== "resid_-1")) return rows;
				const leaves = (numbers.get(name) as number[][]).map((row) => row.map((number) => own.leaf(number)));
				held.set(name, leaves);
				return leaves;
			});
			const seeds = new Map<number, number>();
			if (site === undefined) {
				const logits = model.logits(own, end.at(-1) as readonly number[]);
				seeds.set(logits[metric.terms[term as number]?.[0] as number] as number, logitWeight(term as number));
			} else {
				const known = plain.get(site);
				const row = target.rows?.[position] as readonly number[];
				const encoded = (tables.get(site) as OracleDictionary).encode(own, row);
				if (feature !== undefined) seeds.set(encoded.activations[feature] as number, known?.weights[position]?.get(feature) as number);
				else for (const [i, v] of row.entries()) seeds.set(own.sub(v, encoded.reconstruction[i] as number), known?.gradient[position]?.[i] as number);
			}
			const cotangents = own.backward(seeds);
			const effects = new Map<string, number>();
			for (const [name, rows] of held)
				for (const [t, row] of rows.entries()) {
					const c = row.map((v) => cotangents[v] as number);
					if (name === "resid_-1") effects.set(`token.${ids[t]}@${t}`, -dot(c, model.row("wte.weight", ids[t] as number)));
					const known = plain.get(name);
					if (!known) continue;
					const [kind, layer] = name.split("_");
					effects.set(`${kind}_error_${layer}@${t}`, -dot(c, known.errors[t] as number[]));
					for (const f of known.weights[t]?.keys() ?? []) {
						const { activations, direction } = known.encoded[t] as ReturnType<typeof encodeNumbers>;
						effects.set(`${name}.${f}@${t}`, -dot(c, direction(f)) * (activations[f] as number));
					}
				}
			return effects;
		},
	};
}
