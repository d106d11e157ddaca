import type { SiteName } from "#shared/site";
import type { Baseline } from "#shared/validation";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { mappedBytes } from "../onnx/memory.ts";
import type { Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Shape, Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { buildAllFeatures } from "../sae/feature-graph.ts";
import { buildMeasure, type Measure, type MeasuredText, measureFeeds } from "./measure.ts";

type Features = ReadonlyMap<SiteName, ReadonlySet<number>>;

/** Features that keep their activations, or all but some; at every dictionary the others get the baseline. */
export type FeatureSet = { readonly only: Features } | { readonly allBut: Features };

/** A set in the address of a piece. */
export const listSet = (set: FeatureSet): readonly unknown[] => {
	const list = (features: Features) => [...features].map(([site, numbers]) => [site, [...numbers]]);
	return "only" in set ? list(set.only) : ["all but", list(set.allBut)];
};

export interface SplicedOptions {
	readonly model: LanguageModel;
	readonly dictionaries: readonly Dictionary[];
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly measure: Measure;
}

/** What takes the place of activations, by site: `[F]` of the mean, `[T, F]` of another text; zero needs none. */
export type Baselines = ReadonlyMap<SiteName, Float32Array>;

/** Layers that follow one another, with their dictionaries: what is loaded at once. */
export interface SplicedPart {
	readonly first: number;
	readonly last: number;
	readonly dictionaries: readonly Dictionary[];
}

/** The model as one part, or where its weights and dictionaries are more than may be mapped, as few as do. */
export function planParts({ model, dictionaries }: SplicedOptions): readonly SplicedPart[] {
	const { layers, width, innerWidth } = model.config;
	const most = mappedBytes();
	const parts: SplicedPart[] = [];
	let held = 0;
	for (let layer = 0; layer < layers; layer++) {
		const own = dictionaries.filter(({ site }) => Math.max(0, site.layer) === layer);
		const matrices = own.reduce((sum, { dIn, dSae }) => sum + 2 * dIn * dSae, 0);
		const bytes = 4 * (4 * width * width + 2 * width * innerWidth + matrices);
		const before = parts.at(-1);
		if (before && held + bytes <= most) {
			parts[parts.length - 1] = { ...before, last: layer, dictionaries: [...before.dictionaries, ...own] };
			held += bytes;
		} else {
			parts.push({ first: layer, last: layer, dictionaries: own });
			held = bytes;
		}
	}
	return parts;
}

/**
 * A part's outputs: `losses [N]`, one a set, of the last part, else `stream […, T, width]`. The input `stream` of every part
 * but the first has the shape `entering`. `kept` are the inputs `[N, 1, F]` that say which features are.
 */
export function buildPart(
	{ model, baseline, errors, measure }: SplicedOptions,
	{ first, last, dictionaries }: SplicedPart,
	entering: Shape = [],
) {
	const graph = { config: model.config, parameter: mapParameters(model) };
	const bySite = new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary]));
	const kept = new Map<SiteName, Value>();
	const start = buildTokenInputs(graph.parameter);
	const sites = buildGpt2Sites({
		...graph,
		...start,
		...(first > 0 && { firstLayer: first, embedding: input("stream", entering) }),
		intervene(site, x) {
			const dictionary = bySite.get(site);
			if (!dictionary) return x;
			const { dSae } = dictionary;
			const { activations, contribute, reconstruct } = buildAllFeatures(x, dictionary);
			const keep = input(`keep:${site}`, ["N", 1, dSae]);
			kept.set(site, keep);
			const dropped = sub(1, keep);
			const shape = baseline === "mean" ? [dSae] : ["T", dSae];
			const towards = baseline === "zero" ? mul(activations, -1) : sub(input(`baseline:${site}`, shape), activations);
			const change = mul(towards, dropped);
			return errors === "keep" ? add(x, contribute(change)) : reconstruct(add(activations, change));
		},
	});
	const outputs: Record<string, Value> =
		last === model.config.layers - 1
			? { losses: buildMeasure(sites.final, graph, measure) }
			: { stream: sites.get(`resid_${last}`) as Value };
	return { outputs, kept };
}

/** Inputs of a part but its stream; `dictionaries` are the part's. */
export function splicedFeeds(
	{ baseline: kind }: SplicedOptions,
	dictionaries: readonly Dictionary[],
	text: MeasuredText,
	sets: readonly FeatureSet[],
	baselines: Baselines,
): Record<string, Numbers> {
	const { ids } = text;
	const feeds: Record<string, Numbers> = { ...tokenFeeds(ids), ...measureFeeds(text) };
	for (const { siteName: site, dSae } of dictionaries) {
		const keep = new Float32Array(sets.length * dSae);
		for (const [row, set] of sets.entries()) {
			const listed = "only" in set ? set.only : set.allBut;
			if ("allBut" in set) keep.fill(1, row * dSae, (row + 1) * dSae);
			for (const feature of listed.get(site) ?? []) keep[row * dSae + feature] = "only" in set ? 1 : 0;
		}
		feeds[`keep:${site}`] = { data: keep, dims: [sets.length, 1, dSae] };
		const data = baselines.get(site);
		if (data) feeds[`baseline:${site}`] = { data, dims: kind === "mean" ? [dSae] : [ids.length, dSae] };
	}
	return feeds;
}
