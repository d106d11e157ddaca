import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OracleDictionary } from "./dictionary.ts";
import { normalMatrix, seedRandom } from "./random-numbers.ts";
import { roundTo, type StoredTensor, type StoredType, writeSafetensors } from "./stored-tensors.ts";
import { at, fill, type Matrix } from "./tape.ts";

export interface RandomDictionaryOptions {
	readonly seed: number;
	/** As SAELens names it: `blocks.0.hook_mlp_out`, `blocks.1.attn.hook_z`, … */
	readonly hook: string;
	/** Numbers that come in. */
	readonly width: number;
	/** Of the model, which has the final norm behind its last. */
	readonly layers?: number;
	/** Reads one head of `attn.hook_z`. */
	readonly head?: number;
	readonly features: number;
	readonly kind?: OracleDictionary["kind"];
	readonly normalize?: OracleDictionary["normalize"];
	readonly k?: number;
	readonly applyDecoderBiasToInput?: boolean;
	readonly centre?: boolean;
	readonly rescaleByDecoderNorm?: boolean;
	readonly finetuned?: boolean;
	/** The configuration asks for a factor (`expected_average_only_in`), and this is it. */
	readonly normFactor?: number;
	/** What the value biases add, where the configuration says that they were folded. */
	readonly offset?: Matrix;
	readonly foldsNorm?: boolean;
	readonly bos?: boolean;
	/** How the configuration is spelt: bare legacy, flat with old names, flat with new ones, or with `metadata`. */
	readonly spelling?: "bare" | "old" | "new" | "v6";
	/** Root mean square of what comes in, so that the dictionary is neither silent nor full. */
	readonly inputScale?: number;
	readonly type?: StoredType;
}

/** Writes a SAELens folder with random weights; returns the dictionary as it is stored. */
export function writeRandomDictionary(folder: string, options: RandomDictionaryOptions): OracleDictionary {
	const { width, features, kind = "standard", normalize = "none", type = "F32", k = 6 } = options;
	const random = seedRandom(options.seed);
	const size = normalize === "none" ? (options.inputScale ?? 1) : 1;
	const stored = new Map<string, StoredTensor>();
	const put = (name: string, shape: readonly [number, number] | readonly [number], deviation: number, mean = 0) => {
		const [rows, cols] = shape.length === 1 ? [1, shape[0]] : shape;
		const values = roundTo(type, normalMatrix(random, rows, cols, deviation, mean));
		stored.set(name, { shape, values });
		return values;
	};
	const wEnc = put("W_enc", [width, features], 1 / (size * Math.sqrt(width)));
	const wDec = put("W_dec", [features, width], (0.5 * size) / Math.sqrt(width));
	const bDec = put("b_dec", [width], 0.2 * size);
	const gated = kind === "gated";
	const dictionary: OracleDictionary = {
		site: siteOf(options),
		kind,
		wEnc,
		wDec,
		bDec,
		...(gated
			? {
					bGate: put("b_gate", [features], 0.2, -0.6),
					bMag: put("b_mag", [features], 0.2, 0.1),
					rMag: put("r_mag", [features], 0.3),
				}
			: { bEnc: put("b_enc", [features], 0.2, -0.5) }),
		...(kind === "jumprelu" || kind === "batchtopk" ? { threshold: put("threshold", [features], 0.1, 0.4) } : {}),
		...(options.finetuned ? { finetuningScale: put("scaling_factor", [features], 0.2, 1) } : {}),
		...(choosing.has(kind) ? { k } : {}),
		normalize,
		applyDecoderBiasToInput: options.applyDecoderBiasToInput ?? true,
		centre: options.centre ?? false,
		...(options.foldsNorm && options.hook.endsWith("normalized") ? { meanless: true } : {}),
		...(options.offset ? { offset: options.offset } : {}),
		...(options.normFactor === undefined ? {} : { normFactor: options.normFactor }),
		rescaleByDecoderNorm: options.rescaleByDecoderNorm ?? false,
	};
	mkdirSync(folder, { recursive: true });
	if (kind === "groupmax") writeSparsify(folder, options, dictionary);
	else writeSaelens();
	return dictionary;

	function writeSaelens() {
		writeSafetensors(join(folder, "sae_weights.safetensors"), type, stored);
		writeFileSync(join(folder, "cfg.json"), JSON.stringify(configuration(dictionary, options)));
	}
}

const choosing: ReadonlySet<OracleDictionary["kind"]> = new Set(["topk", "abstopk", "groupmax"]);

/** What EleutherAI's sparsify saves: the encoder as a linear layer holds it, in a folder named after the module. */
function writeSparsify(folder: string, { hook, type = "F32" }: RandomDictionaryOptions, dictionary: OracleDictionary) {
	const { wEnc, wDec, bEnc, bDec, k } = dictionary;
	const [, layer, place] = /^blocks\.(\d+)\.hook_(.+)$/.exec(hook) ?? [];
	const part = { attn_out: ".attn", mlp_out: ".mlp", resid_post: "" }[place as "attn_out"];
	const inner = join(folder, `h.${layer}${part}`);
	const [width, features] = [wEnc.rows, wEnc.cols];
	const tensors = new Map<string, StoredTensor>([
		["encoder.weight", { shape: [features, width], values: fill(features, width, (f, i) => at(wEnc, i, f)) }],
		["encoder.bias", { shape: [features], values: bEnc as Matrix }],
		["W_dec", { shape: [features, width], values: wDec }],
		["b_dec", { shape: [width], values: bDec }],
	]);
	writeSafetensors(join(inner, "sae.safetensors"), type, tensors);
	const cfg = { activation: "groupmax", num_latents: features, expansion_factor: 32, k, d_in: width };
	writeFileSync(join(inner, "cfg.json"), JSON.stringify(cfg));
}

/** The site's name in circuits: the stream before a layer is the one after the layer below. */
export function siteOf({ hook, head, layers = 2 }: Pick<RandomDictionaryOptions, "hook" | "head" | "layers">): string {
	const [, layer, place = hook] = /^blocks\.(\d+)\.(.+)$/.exec(hook) ?? [];
	switch (place) {
		case "hook_embed":
			return "embed_-1";
		case "ln1.hook_normalized":
			return `ln1_${layer}`;
		case "ln2.hook_normalized":
			return `ln2_${layer}`;
		case "mlp.hook_post":
			return `post_${layer}`;
		case "ln_final.hook_normalized":
			return `lnf_${layers - 1}`;
		case "hook_resid_pre":
			return `resid_${Number(layer) - 1}`;
		case "attn.hook_z":
			return head === undefined ? `z_${layer}` : `z_${layer}h${head}`;
		case "hook_attn_out":
			return `attn_${layer}`;
		case "hook_resid_mid":
			return `mid_${layer}`;
		case "hook_mlp_in":
			return `mlpin_${layer}`;
		case "hook_mlp_out":
			return `mlp_${layer}`;
		case "hook_resid_post":
			return `resid_${layer}`;
		default:
			throw new Error(`No site at ${hook}.`);
	}
}

function configuration(dictionary: OracleDictionary, options: RandomDictionaryOptions): object {
	const { kind, k } = dictionary;
	const spelling = options.spelling ?? "new";
	const shape = { d_in: options.width, d_sae: options.features, dtype: "float32" };
	const layer = Number(/\d+/.exec(options.hook)?.[0] ?? 0);
	const origin = {
		model_name: "tiny",
		dataset_path: "none",
		context_size: 16,
		prepend_bos: options.bos ?? false,
		...(options.head === undefined ? {} : { hook_head_index: options.head }),
		...(options.centre || options.offset || options.foldsNorm
			? {
					model_from_pretrained_kwargs: {
						center_writing_weights: options.centre ?? false,
						fold_ln: options.foldsNorm ?? false,
						...(options.offset ? { fold_value_biases: true } : {}),
					},
				}
			: {}),
	};
	const rules = {
		normalize_activations: options.normFactor === undefined ? dictionary.normalize : "expected_average_only_in",
		apply_b_dec_to_input: dictionary.applyDecoderBiasToInput,
		...(options.finetuned ? { finetuning_scaling_factor: true } : {}),
	};
	switch (spelling) {
		case "bare":
			return { ...shape, ...origin, hook_point: options.hook, hook_point_layer: layer };
		case "old":
			return {
				...shape,
				...origin,
				...rules,
				hook_point: options.hook,
				hook_point_layer: layer,
				...(kind === "topk"
					? { activation_fn_str: "topk", activation_fn_kwargs: { k } }
					: { architecture: kind, activation_fn_str: "relu" }),
			};
		case "new":
			return {
				...shape,
				...origin,
				...rules,
				architecture: kind,
				hook_name: options.hook,
				hook_layer: layer,
				activation_fn: kind === "topk" ? "topk" : "relu",
				activation_fn_kwargs: choosing.has(kind) ? { k } : {},
				sae_lens_version: "5.0.0",
			};
		case "v6":
			return {
				...shape,
				...rules,
				architecture: kind,
				reshape_activations: options.hook.endsWith("hook_z") ? "hook_z" : "none",
				...(choosing.has(kind) ? { k, rescale_acts_by_decoder_norm: dictionary.rescaleByDecoderNorm } : {}),
				metadata: { ...origin, hook_name: options.hook, sae_lens_version: "6.2.0" },
			};
	}
}
