import type { ClusterRequest } from "#shared/cluster";
import type { CollectionChoice } from "#shared/collection";
import type { CheckRequest } from "#shared/dictionary-check";
import type { ResponseRequest } from "#shared/response";
import type { SteeringRequest } from "#shared/steering";
import type { GradientChoice } from "#shared/trace-request";
import type { QualityRequest, TrainingRequest } from "#shared/training";
import type { ValidationRequest } from "#shared/validation";
import {
	activeOf,
	addWork,
	attentionWeights,
	copyReads,
	type Demand,
	encoderBytes,
	encodeWork,
	type MemoryDemand,
	mlpWeights,
	passOperators,
	passWork,
	rowBytes,
	spliceOperators,
	sumOf,
	timesWork,
	weightBytes,
} from "./demand.ts";
import type { PlacedDictionary, Sizes } from "./sizes.ts";
import { countGradient, usualRunBytes } from "./trace-counts.ts";

/** Numbers that two softmaxes and their difference over the vocabulary are worth. */
const vocabularyNumbers = 8;
const noEncoder = { encoders: 0, largestEncoder: 0 };

/** All of a dictionary in the graph, on so many positions. */
const spliceWork = ({ dIn, dSae }: PlacedDictionary, positions: number) =>
	addWork({ products: 4 * dIn * dSae * positions, steps: spliceOperators });

/** Encoder and decoder, and a copy of both that is rearranged. */
const spliceBytes = (dictionaries: readonly PlacedDictionary[]) => 2 * sumOf(dictionaries, encoderBytes);

/** Bytes that a row of `length` positions takes where a dictionary is spliced in whole. */
const splicedRow = ({ model, dictionaries }: Sizes, length: number) =>
	rowBytes(model, length, length) + 4 * length * 3 * Math.max(0, ...dictionaries.map(({ dSae }) => dSae));

/** Knock-out beside the clean model, then every set of features with all dictionaries spliced in, sequence by sequence. */
export function countValidation(request: ValidationRequest, sizes: Sizes): Demand {
	const { model, dictionaries, sequences } = sizes;
	const length = sizes.tokens[0] ?? 0;
	const { baseline, curve, controls, leaveOneOut, pins, edges, prompts, edgeCurve, subsets, patching, stability } =
		request;
	/** Positions of a row whose logits are wanted. */
	const measured = prompts ? 1 : length;
	const variants = 3 + (leaveOneOut ? pins.length : 0) + controls;
	const row = splicedRow(sizes, length);
	const spliced = (rows: number) =>
		timesWork(
			sequences,
			addWork(
				passWork(model, { tokens: length, rows, logits: rows * measured }),
				...dictionaries.map((dictionary) => spliceWork(dictionary, rows * length)),
				{ entries: rows * sumOf(dictionaries, ({ dSae }) => dSae) },
			),
		);
	const knock = addWork(
		{ loaded: passOperators(model.layers), read: copyReads * weightBytes(model) },
		timesWork(
			sequences,
			addWork(passWork(model, { tokens: length, rows: 2, logits: 2 * measured }), {
				entries: measured * model.vocabularySize * vocabularyNumbers,
			}),
		),
	);
	const splicing = addWork(spliced(variants), {
		loaded: passOperators(model.layers) + spliceOperators * dictionaries.length,
		read: copyReads * (weightBytes(model) + spliceBytes(dictionaries)),
	});
	const encode = timesWork(
		sequences,
		addWork(passWork(model, { tokens: length }), ...dictionaries.map((dictionary) => encodeWork(dictionary, length))),
	);
	const cuts = edges ? spliced(1 + pins.length) : undefined;
	/** At MIB's ten shares each feature sees a run of its own, on the mean half of the model. */
	const own = edgeCurve && passWork(model, { tokens: length, rows: (10 * pins.length) / 2 });
	const edgeSteps = own && addWork(spliced(10), timesWork(sequences, own));
	/** A gradient is worth two passes more; the search tries sizes that double. */
	const searched = 2 * Math.ceil(Math.log2(Math.max(2, sumOf(dictionaries, activeOf) * length)));
	const subsetSteps = subsets === undefined ? undefined : spliced(3 * 3 + subsets + 2 * searched);
	// Where memory is limited sets of features are measured layer by layer; cut edges and gradients need all at once.
	const byLayer = Map.groupBy(dictionaries, ({ site }) => Math.max(0, site.layer));
	const isWhole = edges !== undefined || edgeCurve || subsets !== undefined;
	const together = isWhole ? spliceBytes(dictionaries) : Math.max(0, ...[...byLayer.values()].map(spliceBytes));
	return {
		phases: [
			...(baseline === "zero" ? [] : [{ steps: sequences, work: encode }]),
			{ steps: sequences, work: knock },
			{ steps: sequences, work: splicing },
			...(curve > 0 ? [{ steps: sequences, work: spliced(curve) }] : []),
			...(subsetSteps ? [{ steps: 8 * sequences, work: subsetSteps }] : []),
			...(cuts ? [{ steps: sequences, work: cuts }] : []),
			...(edgeSteps ? [{ steps: sequences, work: edgeSteps }] : []),
			...(patching ? [{ steps: 1, work: passWork(model, { tokens: length, rows: 1 + patching.nodes.length }) }] : []),
			...(stability ? [{ steps: sequences, work: timesWork(sequences, retrace(stability.choice, sizes)) }] : []),
		],
		memory: {
			weights: weightBytes(model),
			// Room for one more copy of half the matrices: an assumption on the safe side, not a measurement.
			leastWeights: weightBytes(model) + together / 2,
			encoders: spliceBytes(dictionaries),
			largestEncoder: together,
			row,
			rows: Math.min(variants, Math.max(1, usualRunBytes / row)),
			held:
				(baseline === "resample" ? sequences * length * sumOf(dictionaries, activeOf) * 24 : 0) +
				// The backward pass reads what the forward pass computed of every dictionary.
				(subsets === undefined ? 0 : 4 * length * 3 * sumOf(dictionaries, ({ dSae }) => dSae)) +
				8 * model.vocabularySize,
		},
	};
}

/** All of one trace. */
const retrace = (choice: GradientChoice, sizes: Sizes) =>
	addWork(...countGradient(choice, sizes).phases.map(({ work }) => work));

/** One row for each coefficient of each node, and one of the prompt as it is. */
export function countResponse(request: ResponseRequest, sizes: Sizes): Demand {
	const { model } = sizes;
	const tokens = sizes.tokens[0] ?? 0;
	const groups = request.together ? 1 : request.nodes.length;
	const rows = 1 + groups * request.coefficients.length;
	const row = rowBytes(model, tokens, 2);
	const work = addWork(passWork(model, { tokens, rows, logits: 2 * rows }), {
		loaded: passOperators(model.layers) + 20,
		read: weightBytes(model),
		entries: rows * model.vocabularySize * vocabularyNumbers,
	});
	return {
		phases: [{ steps: 1, work }],
		memory: {
			weights: weightBytes(model),
			...noEncoder,
			row,
			rows: Math.min(rows, Math.max(1, usualRunBytes / row)),
			held: rows * 8 * model.vocabularySize,
		},
	};
}

const steeredRows = 3;

/** The prompt in three rows, and then a token at a time, for which all weights are read. */
export function countGeneration({ tokens, listed }: SteeringRequest, sizes: Sizes): Demand {
	const { model } = sizes;
	const prompt = sizes.tokens[0] ?? 0;
	const past = prompt + tokens / 2;
	const begin = addWork(passWork(model, { tokens: prompt, rows: steeredRows, logits: steeredRows }), {
		loaded: 2 * passOperators(model.layers),
		// Once as they lie, which brings them in from the file, once rearranged for the steps.
		read: (4 + copyReads) * weightBytes(model),
	});
	const steps = timesWork(
		tokens,
		addWork(passWork(model, { tokens: 1, rows: steeredRows, keys: past, logits: steeredRows }), {
			// Three rows are too few to keep products busy: measured, weights cost as much as reading them twice.
			read: 2 * weightBytes(model) + 16 * steeredRows * model.layers * model.width * past,
			// Softmax, noise, draws, and what changed most, of numbers in double precision.
			entries: (steeredRows * 16 + Math.min(12, 3 * listed)) * model.vocabularySize,
		}),
	);
	return {
		phases: [{ steps: tokens, work: addWork(begin, steps) }],
		memory: {
			weights: 1.25 * weightBytes(model),
			...noEncoder,
			row: steeredRows * rowBytes(model, prompt, 2),
			rows: 1,
			held: 16 * steeredRows * model.layers * model.width * (prompt + tokens),
		},
	};
}

/** Tokens of a run over a corpus at most (`corpus-encoder.ts`). */
const corpusTokens = 2048;

function corpusDemand({ model, dictionaries, tokens: [length = 0] }: Sizes): MemoryDemand {
	const dense = sumOf(dictionaries, ({ dSae, k }) => (k === undefined ? dSae : 2 * k));
	const widest = 2 * Math.max(0, ...dictionaries.map(({ dSae }) => dSae));
	const row = rowBytes(model, length) + 4 * length * (2 * dense + widest);
	const encoders = sumOf(dictionaries, encoderBytes);
	return {
		weights: weightBytes(model),
		encoders,
		// Where memory does not hold all of them, they are loaded one after another.
		largestEncoder: Math.max(0, ...dictionaries.map(encoderBytes)),
		row,
		rows: Math.max(
			1,
			Math.min(corpusTokens / Math.max(1, length), usualRunBytes / Math.max(1, 4 * length * (dense + widest))),
		),
		// A block of entries and its packed form.
		held: 60e6,
	};
}

/** Model and encoders over the corpus; then what each feature raises and lowers, and its contexts. */
export function countCollection(_: CollectionChoice, sizes: Sizes): Demand {
	const { model, dictionaries, sequences } = sizes;
	const positions = sequences * (sizes.tokens[0] ?? 0);
	const memory = corpusDemand(sizes);
	const runs = Math.ceil(sequences / memory.rows);
	const work = addWork(
		passWork(model, { tokens: sizes.tokens[0] ?? 0, rows: sequences }),
		...dictionaries.map((dictionary) => encodeWork(dictionary, positions)),
		{
			loaded: passOperators(model.layers) + 6 * dictionaries.length,
			steps: runs * (passOperators(model.layers) + 6 * dictionaries.length),
			read: copyReads * (weightBytes(model) + sumOf(dictionaries, encoderBytes)),
			entries: 6 * positions * sumOf(dictionaries, activeOf),
		},
	);
	return { phases: [{ steps: positions, work }], memory };
}

const clusterRounds = 20;

/** The model up to the site that is read, for whose activations nothing behind it is computed. */
function upToSite({ model, dictionaries: [read] }: Sizes) {
	const layers = Math.min(model.layers, Math.max(0, read?.site.layer ?? model.layers) + 1);
	return { layers, weights: 4 * layers * (attentionWeights(model) + mlpWeights(model)) };
}

/** Activations of a site, and rounds of distances to the middles. */
export function countClustering({ positions, clusters }: ClusterRequest, sizes: Sizes): Demand {
	const { model } = sizes;
	const length = Math.max(3, sizes.tokens[0] ?? 0);
	const gathered = Math.min(positions, sizes.sequences * (length - 2));
	const runs = Math.ceil(gathered / (length - 2));
	const { width } = model;
	const { layers, weights } = upToSite(sizes);
	return {
		phases: [
			{
				steps: gathered,
				work: addWork(timesWork(runs, passWork(model, { tokens: length, layers })), {
					loaded: passOperators(layers),
					read: copyReads * weights,
					entries: 3 * gathered * width,
				}),
			},
			{
				steps: clusterRounds,
				work: addWork({
					products: 2 * 2 * clusterRounds * gathered * clusters * width,
					entries: (clusterRounds + clusters) * gathered * width,
				}),
			},
		],
		memory: {
			weights,
			...noEncoder,
			row: rowBytes(model, length),
			rows: 1,
			held: gathered * (8 * width + 600),
		},
	};
}

/** Sequences on which a trained dictionary is measured. */
const measuredSequences = 32;

/** Forward, backward and Adam over all weights each step, and the activations that the steps read. */
export function countTraining({ steps, batch, features }: TrainingRequest, sizes: Sizes): Demand {
	const { model } = sizes;
	const length = Math.max(1, sizes.tokens[0] ?? 0);
	const dIn = sizes.dictionaries[0]?.dIn ?? model.width;
	const weights = 2 * dIn * features;
	const { layers } = upToSite(sizes);
	const step = addWork(
		{ products: 8 * batch * weights, read: 40 * weights, steps: 120, entries: 2 * weights + 3 * batch * dIn },
		passWork(model, { tokens: length, rows: batch / length, layers }),
	);
	const site = sizes.dictionaries[0]?.site ?? { kind: "resid", layer: 0 };
	const measured = measureWork(sizes, measuredSequences, { dIn, dSae: features, site });
	return {
		phases: [
			{
				steps,
				work: addWork(
					timesWork(steps, step),
					{ loaded: passOperators(model.layers) + 120, read: copyReads * weightBytes(model) },
					measured,
				),
			},
		],
		memory: {
			weights: weightBytes(model),
			...noEncoder,
			row: Math.max(rowBytes(model, length), 4 * 4 * batch * features),
			rows: 1,
			// Parameters, their gradients and both moments, in and out; batches of activations that wait.
			held: 4 * weights * 8 + 80e6,
		},
	};
}

/** Three rows of each sequence from the site on, with one dictionary spliced in. */
function measureWork({ model, tokens: [length = 0] }: Sizes, sequences: number, dictionary: PlacedDictionary) {
	const below = Math.min(model.layers, Math.max(0, dictionary.site.layer));
	return addWork(
		{
			loaded: passOperators(model.layers) + spliceOperators,
			read: copyReads * (weightBytes(model) + 2 * encoderBytes(dictionary)),
		},
		timesWork(
			sequences,
			addWork(
				passWork(model, { tokens: length, layers: below }),
				passWork(model, { tokens: length, rows: 3, layers: model.layers - below, logits: 3 * length }),
				spliceWork(dictionary, length),
				{ entries: length * dictionary.dIn * 2 },
			),
		),
	);
}

function measureDemand(sizes: Sizes): MemoryDemand {
	const { model, dictionaries } = sizes;
	const largest = Math.max(0, ...dictionaries.map(encoderBytes));
	return {
		weights: weightBytes(model),
		encoders: 2 * largest,
		largestEncoder: 2 * largest,
		row: 3 * splicedRow(sizes, sizes.tokens[0] ?? 0),
		rows: 1,
		held: 0,
	};
}

export function countComparison(_: QualityRequest, sizes: Sizes): Demand {
	return {
		phases: sizes.dictionaries.map((dictionary) => ({
			steps: 1,
			work: measureWork(sizes, sizes.sequences, dictionary),
		})),
		memory: measureDemand(sizes),
	};
}

/** Ways of reading that are tried beside the one that is decided: the other <|endoftext|>, and rarely more. */
const usualReadings = 1;

export function countCheck(_: CheckRequest, sizes: Sizes): Demand {
	const { model, dictionaries, sequences } = sizes;
	const length = sizes.tokens[0] ?? 0;
	const [dictionary] = dictionaries;
	if (!dictionary) return { phases: [], memory: measureDemand(sizes) };
	const { layers, weights } = upToSite(sizes);
	const activations = addWork(timesWork(sequences, passWork(model, { tokens: length, layers })), {
		loaded: passOperators(layers),
		read: weights,
	});
	const figures = spliceWork(dictionary, sequences * length);
	return {
		phases: [
			{ steps: 1, work: activations },
			{ steps: 1, work: figures },
			{ steps: 1, work: addWork(activations, timesWork(usualReadings, figures)) },
			{ steps: 1, work: measureWork(sizes, sequences, dictionary) },
		],
		memory: measureDemand(sizes),
	};
}
