import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	contextLength,
	knownDictionaries,
	knownFeatures,
	letters,
	sizeOfTable,
	symbols,
	type Table,
} from "#shared/known-circuit";
import { byteAlphabet } from "../model/byte-alphabet.ts";
import { saveSafetensors, type TensorToSave } from "../model/save-safetensors.ts";

/**
 * A transformer written by hand whose circuit is known: induction, "… a b … a → b".
 *
 * The residual stream holds four tables of one-hot rows: the token itself, the token before it, the token that comes
 * next, and the position; and a large constant beside them. Every number stands twice, with either sign, so that the mean
 * is zero, and the constant is so large that layer norm is a fixed factor. Attention of layer 0 looks at the position
 * before and copies its token into the second table. Attention of layer 1 compares the token with the second table of all
 * positions and copies the first table from where it fits into the third; where nothing fits it looks at
 * `<|endoftext|>`, whose first table is not copied. The unembedding reads the third. MLPs add nothing.
 */
const endOfText = symbols.at(-1) as string;
const tokens = [...[...byteAlphabet].sort(), endOfText];
const tokenIds = symbols.map((symbol) => tokens.indexOf(symbol));

/** First number of each table in either half of the stream. */
const tables = {
	token: 0,
	before: symbols.length,
	next: 2 * symbols.length,
	position: 3 * symbols.length,
} as const satisfies Record<Table, number>;
const constantAt = tables.position + contextLength;
const half = constantAt + 1;
const width = 2 * half;
const constantSize = 30;

/** Scores of attention: the position before, a token that fits, and the sink. Not so sharp that gradients vanish. */
const scores = { before: 7, fits: 7, sink: 3 } as const;
/** Logit of a token that is surely next. */
const surely = 12;

/** What a feature must exceed, so that the small change that soft attention leaves behind is none. */
const featureThreshold = 0.05;

/**
 * A prompt `x y … x`, whose last token is its first and whose second comes next, and the circuit that answers, as it
 * follows from the construction.
 */
export function describeCircuit(prompt: string) {
	const [first, second] = [...prompt].map((letter) => letters.indexOf(letter)) as [number, number];
	const end = prompt.length;
	const token = (letter: number, position: number) => `token.${tokenIds[letter]}@${position}`;
	const logit = `logit.${tokenIds[second]}@${end}`;
	const { copied, key, value, query, found, next } = knownFeatures(first, second, 1, end);
	const edges = [
		[token(first, 1), copied],
		[copied, key],
		[token(second, 2), value],
		[token(first, end), query],
		[key, found],
		[value, found],
		[query, found],
		[found, next],
		[next, logit],
	] as const;
	return {
		prompt,
		metric: `logit(${letters[second]})`,
		answer: letters[second] as string,
		edges,
		nodes: [...new Set(edges.flat())].filter((id) => !id.startsWith("token.")),
		tokens: [token(first, 1), token(second, 2), token(first, end)],
		/** The features alone, without positions. */
		features: [...new Set([copied, key, value, query, found, next].map((id) => id.replace(/@.*/, "")))],
	};
}

/** Writes the model and its dictionaries. The same to the last bit wherever it is written. */
export function writeGroundTruth(modelFolder: string, dictionariesFolder: string): void {
	writeModel(modelFolder);
	for (const one of knownDictionaries) writeDictionary(join(dictionariesFolder, one.hook), one);
}

/** A matrix of zeros with some numbers set. */
class Sheet {
	readonly data: Float32Array;
	readonly rows: number;
	readonly columns: number;

	constructor(rows: number, columns: number) {
		[this.rows, this.columns] = [rows, columns];
		this.data = new Float32Array(rows * columns);
	}

	set(row: number, column: number, value: number): void {
		this.data[row * this.columns + column] = value;
	}

	/** A number of the stream, which stands there twice. */
	setPair(row: number, at: number, value: number): void {
		this.set(row, at, value);
		this.set(row, at + half, -value);
	}

	get tensor(): TensorToSave {
		return { dtype: "F32", shape: [this.rows, this.columns], data: this.data };
	}
}

const vector = (values: Float32Array): TensorToSave => ({ dtype: "F32", shape: [values.length], data: values });
const filled = (length: number, value: number) => vector(new Float32Array(length).fill(value));

/** What undoes layer norm on a stream with so many ones in it. */
const normGain = (ones: number) => Math.sqrt((2 * (constantSize * constantSize + ones)) / width);

function writeModel(folder: string): void {
	const embedding = new Sheet(tokens.length, width);
	const unembedding = new Sheet(tokens.length, width);
	for (const [row, id] of tokenIds.entries()) {
		embedding.setPair(id, tables.token + row, 1);
		if (symbols[row] !== endOfText) unembedding.set(id, tables.next + row, surely);
	}
	const positions = new Sheet(contextLength, width);
	for (let position = 0; position < contextLength; position++) {
		positions.setPair(position, tables.position + position, 1);
		positions.setPair(position, constantAt, constantSize);
	}
	const tensors = new Map<string, TensorToSave>([
		["wte.weight", embedding.tensor],
		["wpe.weight", positions.tensor],
		["lm_head.weight", unembedding.tensor],
		["ln_f.weight", filled(width, normGain(4))],
		["ln_f.bias", filled(width, 0)],
	]);
	for (const layer of [0, 1]) {
		const block = `h.${layer}`;
		for (const [norm, ones] of [
			["ln_1", 2 + layer],
			["ln_2", 3 + layer],
		] as const) {
			tensors.set(`${block}.${norm}.weight`, filled(width, normGain(ones)));
			tensors.set(`${block}.${norm}.bias`, filled(width, 0));
		}
		tensors.set(`${block}.attn.c_attn.weight`, buildAttention(layer).tensor);
		tensors.set(`${block}.attn.c_attn.bias`, filled(3 * width, 0));
		const output = new Sheet(width, width);
		for (const row of symbols.keys()) output.setPair(row, (layer === 0 ? tables.before : tables.next) + row, 1);
		tensors.set(`${block}.attn.c_proj.weight`, output.tensor);
		tensors.set(`${block}.attn.c_proj.bias`, filled(width, 0));
		tensors.set(`${block}.mlp.c_fc.weight`, new Sheet(width, 1).tensor);
		tensors.set(`${block}.mlp.c_fc.bias`, filled(1, 0));
		tensors.set(`${block}.mlp.c_proj.weight`, new Sheet(1, width).tensor);
		tensors.set(`${block}.mlp.c_proj.bias`, filled(width, 0));
	}
	mkdirSync(folder, { recursive: true });
	saveSafetensors(join(folder, "model.safetensors"), tensors);
	const config = {
		model_type: "gpt2",
		n_layer: 2,
		n_head: 1,
		n_embd: width,
		n_inner: 1,
		vocab_size: tokens.length,
		n_positions: contextLength,
		activation_function: "relu",
		tie_word_embeddings: false,
	};
	writeFileSync(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
	writeFileSync(
		join(folder, "vocab.json"),
		`${JSON.stringify(Object.fromEntries(tokens.map((text, id) => [text, id])))}\n`,
	);
	writeFileSync(join(folder, "merges.txt"), "#version: 0.2\n");
}

/** Queries, keys and values side by side. A score is their product over `√width`, there being one head. */
function buildAttention(layer: number): Sheet {
	const sheet = new Sheet(width, 3 * width);
	const [key, value] = [width, 2 * width];
	const root = (score: number) => Math.sqrt(score * Math.sqrt(width));
	if (layer === 0)
		for (let position = 0; position + 1 < contextLength; position++) {
			sheet.set(tables.position + position + 1, position, root(scores.before));
			sheet.set(tables.position + position, key + position, root(scores.before));
		}
	else {
		for (const row of letters.keys()) {
			sheet.set(tables.token + row, row, root(scores.fits));
			sheet.set(tables.before + row, key + row, root(scores.fits));
		}
		const sink = symbols.indexOf(endOfText);
		sheet.set(constantAt, sink, root(scores.sink) / constantSize);
		sheet.set(tables.token + sink, key + sink, root(scores.sink));
	}
	for (const [row, symbol] of symbols.entries())
		if (layer === 0 || symbol !== endOfText) sheet.set(tables.token + row, value + row, 1);
	return sheet;
}

function writeDictionary(folder: string, { hook, tables: read, constant }: (typeof knownDictionaries)[number]): void {
	const rows = read.flatMap((table) => Array.from({ length: sizeOfTable(table) }, (_, row) => tables[table] + row));
	const encoder = new Sheet(width, rows.length);
	const decoder = new Sheet(rows.length, width);
	const gain = 1 / (1 - featureThreshold);
	for (const [feature, at] of rows.entries()) {
		encoder.set(at, feature, gain / 2);
		encoder.set(at + half, feature, -gain / 2);
		decoder.setPair(feature, at, 1);
	}
	const bias = new Sheet(1, width);
	if (constant) bias.setPair(0, constantAt, constantSize);
	mkdirSync(folder, { recursive: true });
	saveSafetensors(
		join(folder, "sae_weights.safetensors"),
		new Map([
			["W_enc", encoder.tensor],
			["b_enc", filled(rows.length, -featureThreshold * gain)],
			["W_dec", decoder.tensor],
			["b_dec", vector(bias.data)],
		]),
	);
	const config = {
		architecture: "standard",
		d_in: width,
		d_sae: rows.length,
		hook_name: hook,
		apply_b_dec_to_input: false,
		normalize_activations: "none",
		prepend_bos: true,
		context_size: contextLength,
		model_name: "induction",
		dtype: "float32",
		sae_lens_version: "5.0.0",
	};
	writeFileSync(join(folder, "cfg.json"), `${JSON.stringify(config, null, 2)}\n`);
}
