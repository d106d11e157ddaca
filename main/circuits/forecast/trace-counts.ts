import type { Site } from "#shared/site";
import type {
	AblationRequest,
	ConsensusRequest,
	GradientChoice,
	GradientRequest,
	JacobianRequest,
} from "#shared/trace-request";
import {
	activeOf,
	addWork,
	attentionWeights,
	type Demand,
	distinctOf,
	encoderBytes,
	encoderDemand,
	encodeWork,
	mlpWeights,
	type Phase,
	passOperators,
	passWork,
	rowBytes,
	sumOf,
	timesWork,
	weightBytes,
} from "./demand.ts";
import { measurePaths } from "./paths-between.ts";
import type { PlacedDictionary, Sizes } from "./sizes.ts";

/** Operators of the small graphs that a dictionary's active features go through. */
const sliceOperators = 40;
/** Graphs of a dictionary in a gradient trace: encoder, slices, slopes, seeds, products, paths. Making and releasing one costs as much as so many operators. */
const siteOperators = 8 * 60;
/** Positions of joined errors that ask at once (`direct-effects.ts`). */
const joinedAtOnce = 64;
/** Bytes of the rows of a run where nothing limits it (`onnx/memory.ts`). */
export const usualRunBytes = 134_217_728;

/** Model forward and backward, every dictionary, the edges into every site and the logits. */
export function countGradient(request: GradientRequest | GradientChoice, sizes: Sizes): Demand {
	const { model, dictionaries } = sizes;
	const tokens = sizes.tokens[0] ?? 0;
	const pair = request.patchPrompt === undefined ? 0 : 1;
	const run = addWork(
		passWork(model, { tokens, backward: true, logits: 1 }),
		{ loaded: passOperators(model.layers, true), read: weightBytes(model) },
		timesWork(pair, addWork(passWork(model, { tokens }), { loaded: passOperators(model.layers) })),
	);
	const sites = dictionaries.map((dictionary) => ({
		dictionary,
		paths: countPaths(request, sizes, dictionary),
	}));
	const edges = [...sites.map(({ paths }) => paths), countPaths(request, sizes, undefined)];
	const phases: Phase[] = [
		{ steps: 1, work: run },
		...dictionaries.map((dictionary) => ({ steps: 1, work: countSite(request, sizes, dictionary, pair) })),
		...edges.map(({ work }) => ({ steps: 1, work })),
		{ steps: 1, work: addWork() },
	];
	const { integratedGradients: steps } = request;
	const active = sumOf(dictionaries, activeOf) * tokens * (1 + pair);
	// Activations, gradients or errors, and where errors begin stay at every site; of an active feature its numbers.
	const held = 4 * tokens * sumOf(dictionaries, ({ dIn }) => dIn) * (3 + pair) + active * 40;
	// One layer, as `model-run.ts` plans it: where there is room, more share a run.
	const forward = 4 * tokens * (3 * model.heads * tokens + 8 * model.innerWidth + 12 * model.width);
	const together = Math.min(model.layers, Math.max(1, Math.floor(usualRunBytes / forward)));
	return {
		phases,
		memory: {
			weights: weightBytes(model),
			leastWeights: 4 * (attentionWeights(model) + mlpWeights(model) + model.vocabularySize * model.width),
			...(steps === undefined && { beside: Math.max(...edges.map(({ weights }) => weights)) }),
			...encoderDemand(dictionaries),
			row: Math.max(forward, ...edges.map(({ row }) => row)),
			rows:
				Math.max(together * forward, ...edges.map(({ row, rows }) => row * rows)) /
				Math.max(forward, ...edges.map(({ row }) => row)),
			held,
		},
	};
}

function countSite(
	request: GradientChoice,
	{ model, tokens: [tokens = 0] }: Sizes,
	dictionary: PlacedDictionary,
	pair: number,
) {
	const { dIn, site } = dictionary;
	const features = distinctOf(dictionary, tokens);
	const { integratedGradients: steps = 0 } = request;
	const layers = model.layers - Math.max(0, site.layer);
	return addWork(
		timesWork(1 + pair, encodeWork(dictionary, tokens)),
		{ loaded: siteOperators, steps: 2 * sliceOperators },
		// Columns and rows of what is active are read, multiplied and added up.
		// Columns lie strewn over the whole encoder, which is copied out of its file for them.
		{
			read: 6 * encoderBytes(dictionary) + 8 * dIn * features,
			entries: (3 + 2 * pair) * tokens * activeOf(dictionary) * dIn,
		},
		steps > 0 ? { loaded: passOperators(layers, true), read: (2 * layers * weightBytes(model)) / model.layers } : {},
		timesWork(steps, passWork(model, { tokens, layers, backward: true, logits: 1 })),
	);
}

/** Nodes of a site that ask for what leads into them, and positions of those that ask as one. */
function countAsking(request: GradientChoice, tokens: number, dictionary: PlacedDictionary) {
	const { choice, errors = "all", lastPositionOnly } = request;
	const positions = lastPositionOnly ? 1 : tokens;
	const most = positions * activeOf(dictionary);
	const chosen = Math.min(most, choice.by === "count" ? choice.count : 2 * positions);
	const alone = { all: positions, sources: 0, pooled: 0, chosen: Math.min(positions, chosen) }[errors];
	return { rows: chosen + alone, joined: errors === "chosen" || errors === "pooled" ? positions - alone : 0 };
}

/** Backward passes into one site, or into the logits. */
function countPaths(request: GradientChoice, sizes: Sizes, into: PlacedDictionary | undefined) {
	const { model, dictionaries, terms } = sizes;
	const tokens = sizes.tokens[0] ?? 0;
	const { rows, joined } = into ? countAsking(request, tokens, into) : { rows: terms, joined: 0 };
	const found = measurePaths(
		into?.site,
		dictionaries.map(({ site }) => site),
		model.layers,
	);
	const { attentions, mlps, deepMlps, own, all } = found;
	const { heads, width, innerWidth } = model;
	// Rows come by position; those at a position pay for none behind it.
	const seen = into ? 0.75 * tokens : tokens;
	const row =
		attentions === 0
			? 4 * (6 * innerWidth + 16 * width)
			: 4 * (6 * heads * seen + 14 * seen * width + (attentions > 1 ? seen * (4 * heads * seen + 4 * innerWidth) : 0));
	const asking = rows + joined;
	const batches =
		(attentions > 0 ? Math.ceil(Math.log2(1 + tokens / 16)) : 1) +
		Math.floor((rows * row) / usualRunBytes) +
		Math.ceil(joined / joinedAtOnce);
	const passes = (attentions > 0 ? rows : 0) + Math.ceil(joined / joinedAtOnce);
	const deep = Math.max(0, attentions - 1);
	const layers = Math.max(attentions, mlps);
	const active = dictionaries.length > 0 ? sumOf(dictionaries, activeOf) / dictionaries.length : 0;
	const products = 2 * width * (active + 1);
	const work = addWork({
		products:
			// Keys and values of all positions once a run, the asking positions forward and backward.
			(attentions > 0 ? batches * seen * 2 * (attentionWeights(model) / 2) : 0) +
			asking * 2 * 2 * ((attentions > 0 ? attentionWeights(model) / 2 : 0) + (mlps - deepMlps) * mlpWeights(model)) +
			passes * seen * 2 * (attentions > 0 ? attentionWeights(model) / 2 : 0) +
			(passes + batches) * seen * 2 * (deep * attentionWeights(model) + deepMlps * mlpWeights(model)) +
			(asking * own + passes * seen * all) * products,
		attention: 4 * width * seen * (3 * asking * Math.min(1, attentions) + 3 * passes * seen * deep),
		read: batches * (own + all) * width * 4 * Math.min(seen, 16),
		loaded: passOperators(layers, true) + 4 * (own + all),
		steps: batches * (passOperators(layers, true) + 4 * (own + all)),
		entries:
			(asking * own + (rows + (joined > 0 ? 1 : 0)) * seen * all) * (active + 1) * 3 + passes * seen * width * all,
	});
	const weights = 4 * (attentions * attentionWeights(model) + mlps * mlpWeights(model));
	return { work, row, rows: Math.min(Math.max(1, rows), Math.max(1, usualRunBytes / row)), weights };
}

/** One prompt after the other; nothing is kept of one but its circuit. */
export function countConsensus(request: ConsensusRequest, sizes: Sizes): Demand {
	const each = sizes.tokens.map((tokens) => countGradient(request, { ...sizes, tokens: [tokens] }));
	const largest = each.reduce((a, b) => (a.memory.row * a.memory.rows > b.memory.row * b.memory.rows ? a : b));
	return {
		phases: each.flatMap(({ phases }) => phases.map(({ steps, work }) => ({ steps: steps / phases.length, work }))),
		memory: {
			...largest.memory,
			held: Math.max(...each.map(({ memory }) => memory.held)),
			// Encoders of one prompt stay while the model runs on the next.
			...(each.length > 1 && { beside: largest.memory.weights }),
		},
	};
}

/** Parts taken off at once at most, twice as many where no position is spared (`site-ablation.ts`). */
const ablatedAtOnce = 32;
/** Positions before the first at which a feature is active are spared. */
const sparedShare = 0.6;

/** A clean run, and for each active feature a run from its layer on. */
export function countAblation(request: AblationRequest, sizes: Sizes): Demand {
	const { model, dictionaries, tokens } = sizes;
	const clean = tokens.map((count) => ({
		steps: 1,
		work: addWork(passWork(model, { tokens: count, logits: 1 }), {
			loaded: passOperators(model.layers),
			read: weightBytes(model),
		}),
	}));
	const pinned = request.pins.length > 0;
	const longest = Math.max(...tokens);
	const sites = dictionaries.map((dictionary, i) => {
		const next = dictionaries.find(
			({ site }) => site.kind === dictionary.site.kind && site.layer === dictionary.site.layer + 1,
		);
		const mine = request.pins.filter((pin) => pin.startsWith(`${nameOf(dictionary.site)}.`)).length;
		const first = !dictionaries.slice(0, i).some(({ site }) => site.kind === dictionary.site.kind);
		const all = distinctOf(dictionary, longest);
		// At the last position alone hardly more are affected than are active there (48 for 46, measured).
		const affected = request.allPositions ? all : Math.min(all, activeOf(dictionary));
		const sources = mine > 0 ? mine : pinned && first ? 0 : first ? Math.ceil(all * (request.thinning ?? 1)) : affected;
		const layers = model.layers - Math.max(0, dictionary.site.layer);
		const blocks = request.logitTokens > 0 ? layers : next ? 1 : 0;
		const rows = sources * (1 + 1 / ablatedAtOnce);
		const batches = Math.ceil(sources / ablatedAtOnce);
		const work = addWork(
			...tokens.map((count) =>
				addWork(
					timesWork(
						sparedShare,
						passWork(model, {
							tokens: count,
							rows,
							layers: blocks,
							logits: request.logitTokens > 0 ? rows / sparedShare : 0,
						}),
					),
					encodeWork(dictionary, count),
					next && sources > 0 ? encodeWork(next, request.allPositions ? sources * count : sources) : {},
					{
						loaded: passOperators(blocks) * 2 + sliceOperators,
						steps: batches * passOperators(blocks),
						entries: sources * (request.logitTokens > 0 ? model.vocabularySize : 0) + sources * count * 4,
					},
				),
			),
		);
		return { steps: 1, work };
	});
	const row = 2 * rowBytes(model, longest, request.logitTokens > 0 ? 2 : 0);
	return {
		phases: [...clean, ...sites],
		memory: {
			weights:
				request.logitTokens > 0 ? weightBytes(model) : 4 * model.layers * (attentionWeights(model) + mlpWeights(model)),
			// Without logits a run is one layer, and the prompt's own is over before an encoder is loaded.
			...(request.logitTokens === 0 && { beside: 2 * 4 * (attentionWeights(model) + mlpWeights(model)) }),
			...encoderDemand(dictionaries),
			row,
			rows: Math.min(ablatedAtOnce, Math.max(1, usualRunBytes / row)),
			held: 4 * sumOf(tokens, (count) => count) * (3 * model.layers + 2 * dictionaries.length) * model.width,
		},
	};
}

const nameOf = ({ kind, layer }: Site) => `${kind}_${layer}`;

/** Of the products of whole prompts. */
const causalShare = 0.6;

/** Derivatives between residual dictionaries that follow one another: a row for each active feature above. */
export function countJacobian(request: JacobianRequest, sizes: Sizes): Demand {
	const { model, dictionaries } = sizes;
	const tokens = sizes.tokens[0] ?? 0;
	const clean = addWork(
		passWork(model, { tokens }),
		{
			loaded: passOperators(model.layers),
			read: weightBytes(model),
		},
		...dictionaries.map((dictionary) => encodeWork(dictionary, tokens)),
	);
	const pairs = dictionaries.slice(1).map((down, i) => {
		const up = dictionaries[i] as PlacedDictionary;
		const layers = Math.max(1, down.site.layer - up.site.layer);
		const n = distinctOf(down, tokens);
		const rows = activeOf(down) * (request.lastPositionOnly ? 1 : tokens);
		const row = 4 * tokens * (2 * model.innerWidth + 4 * model.heads * tokens + 2 * n);
		const batches = Math.max(1, Math.ceil((rows * row) / usualRunBytes));
		const work = addWork(
			// Backward alone, and positions behind a row's own are zero.
			timesWork(causalShare, passWork(model, { tokens, rows, layers, backward: true })),
			timesWork(-causalShare, passWork(model, { tokens, rows, layers })),
			timesWork(batches, passWork(model, { tokens, layers })),
			{
				products: causalShare * 2 * rows * (tokens * n * down.dIn + up.dIn * distinctOf(up, tokens)),
				loaded: passOperators(layers, true) + sliceOperators,
				steps: batches * passOperators(layers, true),
				entries: rows * tokens * n + rows * activeOf(up) * 20,
			},
		);
		return { phase: { steps: 1, work }, row, rows: Math.min(rows, Math.max(1, usualRunBytes / row)) };
	});
	const reached = Math.min(model.layers, 1 + Math.max(0, ...dictionaries.map(({ site }) => site.layer)));
	const largest = pairs.reduce((a, b) => (a.row * a.rows > b.row * b.rows ? a : b), pairs[0] ?? { row: 0, rows: 1 });
	return {
		phases: [{ steps: 1, work: clean }, ...pairs.map(({ phase }) => phase)],
		memory: {
			// Nobody asks for logits, nor for what lies above the last dictionary.
			weights: 4 * reached * (attentionWeights(model) + mlpWeights(model)),
			beside: 4 * (attentionWeights(model) + mlpWeights(model)),
			...encoderDemand(dictionaries),
			row: Math.max(rowBytes(model, tokens), largest.row),
			rows: largest.rows,
			held: 8 * tokens * sumOf(dictionaries, ({ dIn }) => dIn) + tokens * sumOf(dictionaries, activeOf) * 400,
		},
	};
}
