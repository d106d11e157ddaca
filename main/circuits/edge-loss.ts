import { parseNodeId, withoutPosition } from "#shared/node-id";
import { compareSites, type SiteName } from "#shared/site";
import type { Baseline } from "#shared/validation";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites, type Gpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { pickColumns } from "../onnx/linear.ts";
import { reduceSum } from "../onnx/reductions.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { buildAllFeatures, buildSomeFeatures } from "../sae/feature-graph.ts";
import { buildMeasure, type Measure, type MeasuredText, measureFeeds } from "./measure.ts";

/** Edges between features by id without position; all logits are one target. */
export class EdgeSet {
	readonly #edges = new Set<string>();
	readonly #allReachLogits: boolean;
	/** Sources by what they lead into, where only those count from which the logits are reached. */
	readonly #sources: Map<string, string[]> | undefined;

	/**
	 * Where no edge leads into a logit, all features of the circuit reach the logits. In a `strict` set none does, and
	 * features from which no logit is reached are none of the circuit's.
	 */
	constructor(edges: readonly (readonly [source: string, target: string])[], { strict = false } = {}) {
		if (strict) this.#sources = new Map();
		let intoLogits = false;
		for (const [source, target] of edges) {
			const end = endOf(target);
			intoLogits ||= end === "logits";
			this.#edges.add(`${withoutPosition(source)} ${end}`);
			const sources = this.#sources?.get(end);
			if (sources) sources.push(withoutPosition(source));
			else this.#sources?.set(end, [withoutPosition(source)]);
		}
		this.#allReachLogits = !intoLogits && !strict;
	}

	has(source: string, target: string): boolean {
		return (target === "logits" && this.#allReachLogits) || this.#edges.has(`${source} ${target}`);
	}

	/** Features from which the logits are reached; undefined where all count. */
	findAlive(): ReadonlySet<string> | undefined {
		if (!this.#sources) return undefined;
		const alive = new Set(["logits"]);
		for (const target of alive) for (const source of this.#sources.get(target) ?? []) alive.add(source);
		return alive;
	}
}

/** What an edge leads into: a feature at any position, or the logits. */
export const endOf = (target: string): string => (target.startsWith("logit") ? "logits" : withoutPosition(target));

export interface EdgeLossOptions {
	readonly model: LanguageModel;
	/** In the order of computation. */
	readonly dictionaries: readonly Dictionary[];
	readonly pinned: ReadonlyMap<Dictionary, readonly number[]>;
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly measure: Measure;
	readonly session: SessionOptions;
}

/** Features at one site, and targets at another (or the logits), between which edges are kept or cut. */
interface Junction {
	/** Of the input that says which are cut, `[targets, 1, features]`. */
	readonly name: string;
	readonly sources: readonly string[];
	readonly targets: readonly string[];
	/** Whether a path without another dictionary joins the two: for the counts alone. */
	readonly isDirect: boolean;
}

/** Which edges are cut, ready to be run. */
export interface EdgeCut {
	readonly feeds: Readonly<Record<string, Numbers>>;
	/** Pairs that a direct path could join: kept, and cut. */
	readonly kept: number;
	readonly cut: number;
}

/** A site as it is in the cut circuit. */
interface CutSite {
	readonly dictionary: Dictionary;
	readonly features: readonly number[];
	/** What goes on from here, `[T, dIn]`. */
	readonly used: Value;
	/** `a − b` of the circuit's features, `[T, n]`, and what a change of them adds. */
	readonly excess: Value | undefined;
	contribute(change: Value): Value;
}

/**
 * The circuit with no edges but its own: each of its features is computed from sites in which every feature of the
 * circuit that has no edge to it is at its baseline, by the paths that cross no other dictionary; features outside are at
 * their baseline everywhere. What a dictionary misses is computed from what arrives, uncut.
 */
export class EdgeLoss {
	readonly #session: GraphSession;
	readonly #options: EdgeLossOptions;
	readonly #junctions: readonly Junction[];

	private constructor(session: GraphSession, options: EdgeLossOptions, junctions: readonly Junction[]) {
		this.#session = session;
		this.#options = options;
		this.#junctions = junctions;
	}

	static async load(options: EdgeLossOptions): Promise<EdgeLoss> {
		const builder = new EdgeGraph(options);
		const outputs = builder.build();
		const session = await GraphSession.load(outputs, { ...options.session, prepack: true });
		return new EdgeLoss(session, options, builder.junctions);
	}

	/** All edges but these are cut. */
	cutAllBut(edges: EdgeSet): EdgeCut {
		const feeds: Record<string, Numbers> = {};
		let [kept, cut] = [0, 0];
		for (const { name, sources, targets, isDirect } of this.#junctions) {
			const data = new Float32Array(targets.length * sources.length);
			for (const [row, target] of targets.entries())
				for (const [column, source] of sources.entries()) {
					const joined = edges.has(source, target);
					if (!joined) data[row * sources.length + column] = 1;
					if (isDirect) joined ? kept++ : cut++;
				}
			feeds[name] = { data, dims: [targets.length, 1, sources.length] };
		}
		const alive = edges.findAlive();
		for (const [{ siteName }, features] of this.#options.pinned) {
			const data = Float32Array.from(features, (f) => (alive && !alive.has(`${siteName}.${f}`) ? 0 : 1));
			feeds[`alive:${siteName}`] = { data, dims: [features.length] };
		}
		return { feeds, kept, cut };
	}

	/** What is measured of a text, summed. `baselines` as in `SplicedLoss`. */
	async run(text: MeasuredText, { feeds: cuts }: EdgeCut, baselines: ReadonlyMap<SiteName, Float32Array>) {
		const { ids } = text;
		const feeds: Record<string, Numbers> = { ...tokenFeeds(ids), ...measureFeeds(text), ...cuts };
		for (const { siteName: site, dSae } of this.#options.dictionaries) {
			const data = baselines.get(site);
			if (data)
				feeds[`baseline:${site}`] = { data, dims: this.#options.baseline === "mean" ? [dSae] : [ids.length, dSae] };
		}
		return floats(await this.#session.run(feeds), "loss")[0] as number;
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

class EdgeGraph {
	readonly junctions: Junction[] = [];
	readonly #options: EdgeLossOptions;
	readonly #graph;
	readonly #inputs;

	constructor(options: EdgeLossOptions) {
		this.#options = options;
		const parameter = mapParameters(options.model);
		this.#graph = { config: options.model.config, parameter };
		this.#inputs = buildTokenInputs(parameter);
	}

	build(): Record<string, Value> {
		const { dictionaries } = this.#options;
		const sites: CutSite[] = [];
		for (const dictionary of dictionaries.toSorted((a, b) => compareSites(a.site, b.site)))
			sites.push(this.#buildSite(dictionary, sites));
		const { final } = this.#run(sites, (site) => this.#withoutCut(site, "logits", ["logits"]));
		// One row of the batch, or none where nothing lies upstream.
		const loss = buildMeasure(final, this.#graph, this.#options.measure);
		return { loss: loss.shape.length === 0 ? loss : reduceSum(loss, [-1], false) };
	}

	#buildSite(dictionary: Dictionary, before: readonly CutSite[]): CutSite {
		const { pinned, baseline, errors } = this.#options;
		const name = dictionary.siteName;
		const features = pinned.get(dictionary) ?? [];
		const arrived = this.#run(before, ({ used }) => used).get(name) as Value;
		const all = buildAllFeatures(arrived, dictionary);
		const b = baseline === "zero" ? undefined : this.#baselineOf(dictionary);
		const kept = new Float32Array(dictionary.dSae);
		for (const feature of features) kept[feature] = 1;
		const keep = constant(kept);
		const inside = mul(all.activations, keep);
		const outside = b && mul(b, sub(1, keep));
		const target = outside ? add(inside, outside) : inside;
		const spliced =
			errors === "keep" ? add(arrived, all.contribute(sub(target, all.activations))) : all.reconstruct(target);
		if (features.length === 0)
			return { dictionary, features, used: spliced, excess: undefined, contribute: (change) => change };
		const slice = loadDictionarySlice(dictionary, Int32Array.from(features));
		const own = buildSomeFeatures(arrived, dictionary, slice);
		const ids = features.map((feature) => `${name}.${feature}`);
		// Row d of the batch sees what feature d may see; of each row its own feature counts.
		const seen = this.#run(before, (site) => this.#withoutCut(site, name, ids)).get(name) as Value;
		const rows = buildSomeFeatures(seen, dictionary, slice).activations;
		const n = features.length;
		const identity = new Float32Array(n * n);
		for (let i = 0; i < n; i++) identity[i * n + i] = 1;
		const found = rows.shape.length === 2 ? rows : reduceSum(mul(rows, constant(identity, [n, 1, n])), [-3], false);
		// A feature that leads nowhere is at its baseline, as those outside are.
		const alive = input(`alive:${name}`, [n]);
		const rest = b && pickColumns(b, features);
		const activations = rest ? add(mul(found, alive), mul(rest, sub(1, alive))) : mul(found, alive);
		return {
			dictionary,
			features,
			used: add(spliced, own.contribute(sub(activations, own.activations))),
			excess: rest ? sub(activations, rest) : activations,
			contribute: own.contribute,
		};
	}

	#baselineOf({ siteName: name, dSae }: Dictionary): Value {
		return input(`baseline:${name}`, this.#options.baseline === "mean" ? [dSae] : ["T", dSae]);
	}

	/** The model with these sites in the place of what it computes there. */
	#run(sites: readonly CutSite[], replace: (site: CutSite) => Value): Gpt2Sites {
		const bySite = new Map(sites.map((site) => [site.dictionary.siteName, site]));
		return buildGpt2Sites({
			...this.#graph,
			...this.#inputs,
			intervene: (name, computed) => {
				const site = bySite.get(name);
				return site ? replace(site) : computed;
			},
		});
	}

	/** A site once for each target, `[targets, T, dIn]`, without the features that have no edge to it. */
	#withoutCut(
		{ dictionary, features, used, excess, contribute }: CutSite,
		end: string,
		targets: readonly string[],
	): Value {
		if (!excess) return used;
		const name = `cut:${dictionary.siteName}:${end}`;
		this.junctions.push({
			...{ name, targets },
			sources: features.map((feature) => `${dictionary.siteName}.${feature}`),
			isDirect: this.#isDirect(dictionary, targets[0] as string),
		});
		const away = mul(excess, input(name, [targets.length, 1, features.length]));
		return sub(used, contribute(away));
	}

	/** Whether a path without another dictionary could join a site to a target. */
	#isDirect(from: Dictionary, target: string): boolean {
		const { dictionaries } = this.#options;
		const stream = (one: Dictionary) => one.site.kind === "resid" || one.site.kind === "mid" || one.site.kind === "lnf";
		const ref = target === "logits" ? undefined : parseNodeId(target);
		const to = ref?.kind === "feature" ? ref.site : undefined;
		return !dictionaries.some(
			(one) => stream(one) && compareSites(one.site, from.site) > 0 && (!to || compareSites(one.site, to) < 0),
		);
	}
}
