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
	/** Whether any edge leads into a logit: without one, all features of the circuit reach the logits. */
	readonly #intoLogits: boolean;

	constructor(edges: readonly (readonly [source: string, target: string])[]) {
		let intoLogits = false;
		for (const [source, target] of edges) {
			const isLogit = target.startsWith("logit.");
			intoLogits ||= isLogit;
			this.#edges.add(`${withoutPosition(source)} ${isLogit ? "logits" : withoutPosition(target)}`);
		}
		this.#intoLogits = intoLogits;
	}

	has(source: string, target: string): boolean {
		return (target === "logits" && !this.#intoLogits) || this.#edges.has(`${source} ${target}`);
	}
}

export interface EdgeLossOptions {
	readonly model: LanguageModel;
	/** In the order of computation. */
	readonly dictionaries: readonly Dictionary[];
	readonly pinned: ReadonlyMap<Dictionary, readonly number[]>;
	readonly edges: EdgeSet;
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly measure: Measure;
	readonly session: SessionOptions;
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
	/** Pairs that a direct path could join: kept, and cut. */
	readonly kept: number;
	readonly cut: number;
	readonly #session: GraphSession;
	readonly #options: EdgeLossOptions;

	private constructor(session: GraphSession, options: EdgeLossOptions, kept: number, cut: number) {
		this.#session = session;
		this.#options = options;
		this.kept = kept;
		this.cut = cut;
	}

	static async load(options: EdgeLossOptions): Promise<EdgeLoss> {
		const builder = new EdgeGraph(options);
		const outputs = builder.build();
		const session = await GraphSession.load(outputs, { ...options.session, prepack: true });
		return new EdgeLoss(session, options, builder.kept, builder.cut);
	}

	/** What is measured of a text, summed. `baselines` as in `SplicedLoss`. */
	async run(text: MeasuredText, baselines: ReadonlyMap<SiteName, Float32Array>): Promise<number> {
		const { ids } = text;
		const feeds: Record<string, Numbers> = { ...tokenFeeds(ids), ...measureFeeds(text) };
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
	kept = 0;
	cut = 0;
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
		const { final } = this.#run(sites, (site) => this.#withoutCut(site, ["logits"]));
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
		const seen = this.#run(before, (site) => this.#withoutCut(site, ids)).get(name) as Value;
		const rows = buildSomeFeatures(seen, dictionary, slice).activations;
		const n = features.length;
		const identity = new Float32Array(n * n);
		for (let i = 0; i < n; i++) identity[i * n + i] = 1;
		const activations =
			rows.shape.length === 2 ? rows : reduceSum(mul(rows, constant(identity, [n, 1, n])), [-3], false);
		return {
			dictionary,
			features,
			used: add(spliced, own.contribute(sub(activations, own.activations))),
			excess: b ? sub(activations, pickColumns(b, features)) : activations,
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
	#withoutCut({ dictionary, features, used, excess, contribute }: CutSite, targets: readonly string[]): Value {
		if (!excess) return used;
		const cut = new Float32Array(targets.length * features.length);
		for (const [row, target] of targets.entries())
			for (const [column, feature] of features.entries()) {
				const joined = this.#options.edges.has(`${dictionary.siteName}.${feature}`, target);
				if (!joined) cut[row * features.length + column] = 1;
				if (this.#isDirect(dictionary, target)) joined ? this.kept++ : this.cut++;
			}
		const away = mul(excess, constant(cut, [targets.length, 1, features.length]));
		return sub(used, contribute(away));
	}

	/** Whether a path without another dictionary could join a site to a target: for the counts alone. */
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
