import type {
	CatalogueBundle,
	CatalogueDictionary,
	CatalogueModel,
	CatalogueRelease,
	CatalogueText,
} from "./catalogue.ts";

/**
 * Language models, dictionaries and texts that can be fetched by name. To add one, add a row to `models` or
 * `releases`; everything else (Library, command line, the rule that a dictionary is read by) follows from it.
 */

export const models: readonly CatalogueModel[] = [
	{
		...{ name: "gpt2", title: "GPT-2 small", repo: "openai-community/gpt2", licence: "MIT" },
		...{ layers: 12, width: 768, parameters: 124_439_808, bytes: 548_105_171, neuronpedia: "gpt2-small" },
	},
	{
		...{ name: "gpt2-medium", title: "GPT-2 medium", repo: "openai-community/gpt2-medium", licence: "MIT" },
		...{ layers: 24, width: 1024, parameters: 354_823_168, bytes: 1_519_984_962 },
	},
	{
		...{ name: "gpt2-large", title: "GPT-2 large", repo: "openai-community/gpt2-large", licence: "MIT" },
		...{ layers: 36, width: 1280, parameters: 774_030_080, bytes: 3_247_159_078 },
	},
	{
		...{ name: "gpt2-xl", title: "GPT-2 XL", repo: "openai-community/gpt2-xl", licence: "MIT" },
		...{ layers: 48, width: 1600, parameters: 1_557_611_200, bytes: 6_431_829_964 },
	},
	{
		...{ name: "distilgpt2", title: "DistilGPT-2", repo: "distilbert/distilgpt2", licence: "Apache-2.0" },
		...{ layers: 6, width: 768, parameters: 81_912_576, bytes: 352_824_413 },
	},
];

/** One dictionary a layer of GPT-2 small, 0 to 11. */
const eachLayer = (describe: (layer: number) => CatalogueDictionary): readonly CatalogueDictionary[] =>
	Array.from({ length: 12 }, (_, layer) => describe(layer));

/** OpenAI's dictionaries of version 5, as SAELens ships them: topk 32 on layer-normed input. */
function openAiV5(
	place: "resid-post" | "resid-mid" | "attn-out" | "mlp-out",
	width: "32k" | "128k",
	explained?: (layer: number) => number,
): CatalogueRelease {
	const kind = ({ "resid-post": "resid", "resid-mid": "mid", "attn-out": "attn", "mlp-out": "mlp" } as const)[place];
	const source = { "resid-post": "res_post", "resid-mid": "res_mid", "attn-out": "att", "mlp-out": "mlp" }[place];
	// The folders of one release are named like files.
	const suffix = place === "resid-post" && width === "32k" ? ".pt" : "";
	return {
		name: `gpt2-small-${place}-v5-${width}`,
		aliases: [`oai-v5-${width}-${place}`],
		title: `OpenAI v5, ${width}, ${place}`,
		model: "gpt2",
		repo: `jbloom/GPT2-Small-OAI-v5-${width}-${place}-SAEs`,
		paper: "https://arxiv.org/abs/2406.04093",
		format: "saelens",
		kind: "topk",
		k: 32,
		rule: { centred: false, bos: false },
		dictionaries: eachLayer((layer) => ({
			path: `v5_${width}_layer_${layer}${suffix}`,
			hook: `blocks.${layer}.hook_${place.replace("-", "_")}`,
			site: { kind, layer },
			features: width === "32k" ? 32_768 : 131_072,
			neuronpedia: `${layer}-${source}_${width}-oai`,
			...(explained && { l0: 32, explainedVariance: explained(layer) }),
		})),
	};
}

/** Apollo's end-to-end dictionaries. */
function endToEnd(source: string, title: string): CatalogueRelease {
	return {
		name: `gpt2-small-${source}-ajt`,
		aliases: [`${source}-ajt`],
		title,
		model: "gpt2",
		repo: `neuronpedia/gpt2-small__${source}-ajt`,
		paper: "https://arxiv.org/abs/2405.12241",
		format: "saelens",
		kind: "standard",
		rule: { centred: false, bos: true },
		dictionaries: [2, 6, 10].map((layer) => ({
			path: `${layer}-${source}-ajt`,
			hook: `blocks.${layer}.hook_resid_pre`,
			site: { kind: "resid", layer: layer - 1 },
			features: 46_080,
			neuronpedia: `${layer}-${source}-ajt`,
		})),
	};
}

const resJb = {
	l0: [10, 10, 18, 23, 31, 41, 51, 54, 60, 70, 52, 56, 70],
	explainedVariance: [0.999, 0.999, 0.999, 0.999, 0.9, 0.9, 0.9, 0.9, 0.9, 0.77, 0.77, 0.77, 0.77],
};
const splitting = {
	l0: [36, 39, 41, 43, 43, 40, 40, 43],
	explainedVariance: [0.61, 0.67, 0.72, 0.76, 0.77, 0.79, 0.81, 0.82],
};
const hookZ = {
	l0: [3, 23, 16, 15, 14, 17, 17, 19, 23, 23, 14, 9.4],
	explainedVariance: [0.13, 0.42, 0.4, 0.43, 0.27, 0.13, 0, -7.55, -0.22, -0.54, -0.27, -0.7],
	/** Coefficient of L1, features, dead threshold and version, as the files are named. */
	names: [
		["1.80e+00", 24_576, "1.00e-06", 9],
		["8.00e-01", 24_576, "1.00e-06", 5],
		["1.00e+00", 24_576, "1.00e-06", 4],
		["9.00e-01", 24_576, "1.00e-06", 9],
		["1.10e+00", 24_576, "1.00e-06", 7],
		["1.00e+00", 49_152, "1.00e-06", 9],
		["1.10e+00", 24_576, "1.00e-06", 9],
		["1.10e+00", 49_152, "1.00e-06", 9],
		["1.30e+00", 24_576, "1.00e-05", 6],
		["1.20e+00", 24_576, "1.00e-06", 9],
		["1.30e+00", 24_576, "1.00e-05", 9],
		["3.00e+00", 24_576, "3.16e-06", 9],
	] as const,
};
const mlpTm = {
	versions: [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2],
	l0: [15, 21, 137, 54, 74, 76, 40, 52, 36, 49, 167, 170],
	explainedVariance: [0.999, 0.57, 0.55, 0.57, 0.44, 0.52, 0.508, 0.53, 0.46, 0.49, 0.22, 0.59],
	/** Of SAELens's list of pretrained sets (`norm_scaling_factor`). */
	normFactors: [
		1.049317316132615, 2.3693984005104283, 1.6411934982190302, 1.8958522157897557, 1.81673478700627, 1.550234472245924,
		1.3237742807210804, 1.1042905114723296, 0.9123762783479742, 0.6955335635232373, 0.3619728926727644,
		0.2851548652550073,
	],
};

/** Of one layer; a list that is too short is a mistake in this file. */
function at<T>(list: readonly T[], index: number): T {
	const value = list[index];
	if (value === undefined) throw new Error(`The catalogue lacks entry ${index} of a list of ${list.length}.`);
	return value;
}

export const releases: readonly CatalogueRelease[] = [
	{
		name: "gpt2-small-res-jb",
		aliases: ["res-jb"],
		title: "Residual stream, Joseph Bloom",
		model: "gpt2",
		repo: "jbloom/GPT2-Small-SAEs-Reformatted",
		paper: "https://www.lesswrong.com/posts/f9EgfLSurAiqRJySD/open-source-sparse-autoencoders-for-all-residual-stream",
		format: "saelens",
		kind: "standard",
		rule: { centred: true, bos: true },
		dictionaries: Array.from({ length: 13 }, (_, layer) => ({
			path: layer < 12 ? `blocks.${layer}.hook_resid_pre` : "blocks.11.hook_resid_post",
			hook: layer < 12 ? `blocks.${layer}.hook_resid_pre` : "blocks.11.hook_resid_post",
			site: { kind: "resid", layer: layer - 1 },
			features: 24_576,
			neuronpedia: `${layer}-res-jb`,
			l0: at(resJb.l0, layer),
			explainedVariance: at(resJb.explainedVariance, layer),
		})),
	},
	{
		name: "gpt2-small-res-jb-feature-splitting",
		aliases: ["res-jb-feature-splitting"],
		title: "Residual stream before layer 8, eight widths",
		model: "gpt2",
		repo: "jbloom/GPT2-Small-Feature-Splitting-Experiment-Layer-8",
		format: "saelens",
		kind: "standard",
		rule: { centred: true, bos: true },
		dictionaries: [768, 1536, 3072, 6144, 12_288, 24_576, 49_152, 98_304].map((features, i) => ({
			path: `blocks.8.hook_resid_pre_${features}`,
			hook: "blocks.8.hook_resid_pre",
			site: { kind: "resid", layer: 7 },
			features,
			neuronpedia: `8-res_fs${features}-jb`,
			l0: at(splitting.l0, i),
			explainedVariance: at(splitting.explainedVariance, i),
		})),
	},
	{
		name: "gpt2-small-hook-z-kk",
		aliases: ["hook-z-kk"],
		title: "Attention heads, Connor Kissane and Rob Krzyzanowski",
		model: "gpt2",
		repo: "ckkissane/attn-saes-gpt2-small-all-layers",
		paper: "https://www.lesswrong.com/posts/FSTRedtjuHa4Gfdbr/attention-saes-scale-to-gpt-2-small",
		format: "early-hook-z",
		kind: "standard",
		rule: { centred: false, bos: true, valueBiases: "folded" },
		dictionaries: eachLayer((layer) => {
			const [l1, features, dead, version] = at(hookZ.names, layer);
			return {
				path: `gpt2-small_L${layer}_Hcat_z_lr1.20e-03_l1${l1}_ds${features}_bs4096_dc${dead}_rsanthropic_rie25000_nr4_v${version}.pt`,
				hook: `blocks.${layer}.attn.hook_z`,
				site: { kind: "z", layer },
				features,
				neuronpedia: `${layer}-att-kk`,
				l0: at(hookZ.l0, layer),
				explainedVariance: at(hookZ.explainedVariance, layer),
			};
		}),
	},
	{
		name: "gpt2-small-mlp-tm",
		aliases: ["mlp-tm"],
		title: "MLP outputs, Tom McGrath",
		model: "gpt2",
		repo: "tommmcgrath/gpt2-small-mlp-out-saes",
		format: "saelens",
		kind: "standard",
		rule: { centred: true, bos: true },
		dictionaries: eachLayer((layer) => ({
			path: `sae_group_gpt2_blocks.${layer}.hook_mlp_out_24576:v${at(mlpTm.versions, layer)}`,
			hook: `blocks.${layer}.hook_mlp_out`,
			site: { kind: "mlp", layer },
			features: 24_576,
			l0: at(mlpTm.l0, layer),
			explainedVariance: at(mlpTm.explainedVariance, layer),
			normFactor: at(mlpTm.normFactors, layer),
		})),
	},
	endToEnd("res_sll", "Local, similar L0 (Apollo)"),
	endToEnd("res_sle", "End to end, similar L0 (Apollo)"),
	endToEnd("res_slefr", "End to end with later layers, similar L0 (Apollo)"),
	endToEnd("res_scl", "Local, similar cross-entropy (Apollo)"),
	endToEnd("res_sce", "End to end, similar cross-entropy (Apollo)"),
	endToEnd("res_scefr", "End to end with later layers, similar cross-entropy (Apollo)"),
	openAiV5("resid-post", "128k", () => 0.9),
	openAiV5("resid-mid", "128k"),
	openAiV5("attn-out", "128k"),
	openAiV5("mlp-out", "128k"),
	openAiV5("resid-post", "32k", (layer) => (layer === 8 ? 0.74 : 0.9)),
	openAiV5("resid-mid", "32k"),
	openAiV5("attn-out", "32k"),
	openAiV5("mlp-out", "32k"),
];

/** The first that is on this machine is read; the bundled sample where none is. */
export const texts: readonly CatalogueText[] = [
	{
		name: "pile-10k",
		title: "10,000 documents of the Pile",
		repo: "NeelNanda/pile-10k",
		path: "data/train-00000-of-00001-4746b8785c874cc7.parquet",
		revision: "127bfedcd5047750df5ccf3a12979a47bfa0bafa",
		bytes: 33_300_000,
		licence: "BigScience BLOOM RAIL 1.0",
	},
];

/** A whole slice of the model: attention, MLP and residual stream of each layer. */
export const bundles: readonly CatalogueBundle[] = (["128k", "32k"] as const).map((width) => ({
	name: `oai-v5-${width}`,
	title: `OpenAI v5, ${width}, at attention, MLP and residual stream (resid-mid apart)`,
	releases: ["attn-out", "mlp-out", "resid-post"].map((place) => `gpt2-small-${place}-v5-${width}`),
}));
