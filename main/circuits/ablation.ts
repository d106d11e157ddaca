import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import { AppError } from "#shared/errors";
import { formatNodeId, withoutPosition } from "#shared/node-id";
import { seededRandom, shuffle } from "#shared/random";
import type { AblationEffect, LogitEffect, TraceResult } from "#shared/trace";
import type { AblationRequest } from "#shared/trace-request";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDecoderRows } from "../sae/dictionary-slice.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { AblationTally, type Findings, findLikeliest, type Likeliest } from "./ablation-tally.ts";
import type { TraceContext } from "./gradient.ts";
import {
	type CleanPrompt,
	type EncodedSite,
	encodeSite,
	groupPins,
	loadMethodInputs,
	type MethodInputs,
	runPrompt,
} from "./method-inputs.ts";
import { pieceKinds, RecordedPieces } from "./recorded-pieces.ts";
import { type AblatedBatch, ablateSite, type Part } from "./site-ablation.ts";

/** Features ablated one by one whose results are kept as one piece. */
const featuresAtOnce = 128;

/**
 * The naive ablation circuit (algorithms, section 4): each feature of a layer is taken off its site at every position,
 * and the same kind of site one layer on tells which features that changes; these are ablated next. Effects and logit
 * effects are means over the prompts on which the ablated feature is active.
 */
export async function traceAblation(request: AblationRequest, context: TraceContext): Promise<TraceResult> {
	const began = performance.now();
	const inputs = loadMethodInputs(request, [request.prompt, ...request.morePrompts], request.maxLength);
	checkPositions(request, inputs.prompts);
	const chosen = await chooseProvider(request.provider);
	const trace = new AblationTrace(request, context, inputs, { provider: chosen.provider });
	const found = await trace.run();
	const { model, tokenizer, dictionaries, skipped, prompts, notes } = inputs;
	const tokenIds = prompts[0] as readonly number[];
	const token = tokenizer.tokenText(found.likeliest.token);
	return {
		model: { name: model.name, hash: model.hash },
		dictionaries: dictionaries.map(({ name, hash, siteName: site, rule }) => ({ name, hash, site, rule })),
		skipped,
		notes,
		prompt: { text: request.prompt, tokens: tokenIds.map((id) => tokenizer.tokenText(id)), tokenIds },
		metric: { name: `ablation, logprob(${token})`, value: found.likeliest.logProbability },
		nodes: found.nodes,
		edges: found.edges,
		explained: null,
		ablation: { effects: found.effects, logits: found.logits },
		provider: chosen.provider,
		...(chosen.fallback !== undefined && { providerFallback: chosen.fallback }),
		seconds: (performance.now() - began) / 1000,
		peakRssBytes: process.resourceUsage().maxRSS * 1024,
		...trace.recorded.counts,
	};
}

function checkPositions({ allPositions }: AblationRequest, prompts: MethodInputs["prompts"]): void {
	const [first, ...others] = prompts.map(({ length }) => length);
	const other = others.find((length) => length !== first);
	if (allPositions && other !== undefined)
		throw new AppError(
			"usage",
			`Effects at all positions need prompts of one length; these have ${first} and ${other} tokens. Ask for the last position, or give prompts of one length.`,
		);
}

class AblationTrace {
	readonly recorded: RecordedPieces;
	readonly #request: AblationRequest;
	readonly #context: TraceContext;
	readonly #inputs: MethodInputs;
	readonly #session: SessionOptions;
	readonly #clean: CleanPrompt[] = [];
	/** By prompt and site, as far as they have been needed. */
	readonly #encoded = new Map<string, EncodedSite>();

	constructor(request: AblationRequest, context: TraceContext, inputs: MethodInputs, session: SessionOptions) {
		this.#request = request;
		this.#context = context;
		this.recorded = new RecordedPieces(context.memory);
		this.#inputs = inputs;
		this.#session = session;
	}

	async run() {
		const { dictionaries, prompts, model } = this.#inputs;
		const pins = groupPins(this.#request.pins, dictionaries);
		const chains = listChains(dictionaries, pins, this.#request.thinning !== undefined);
		const used = chains.flat();
		for (const [i, ids] of prompts.entries()) {
			await this.#progress(`Features of prompt ${i + 1}`, i, prompts.length + used.length);
			this.#clean.push(await runPrompt(model, ids, used, this.#session, true));
		}
		const likeliest = findLikeliest((this.#clean[0] as CleanPrompt).logits);
		const limit = this.#request.thresholdExp === undefined ? 0 : 2 ** this.#request.thresholdExp;
		const effects: AblationEffect[] = [];
		const logits: LogitEffect[] = [];
		let largest = 0;
		let done = prompts.length;
		for (const chain of chains) {
			let affected: readonly number[] = [];
			for (const [i, dictionary] of chain.entries()) {
				const next = chain[i + 1];
				const asked = pins.get(dictionary) ?? (i === 0 ? await this.#drawSources(dictionary) : affected);
				// What is active on no prompt changes nothing, and would only thin out the batches.
				const active = asked.length > 0 ? await this.#listActive(dictionary) : undefined;
				const sources = asked.filter((feature) => active?.has(feature));
				const kept: AblationEffect[] = [];
				for (let first = 0; first < sources.length; first += featuresAtOnce) {
					const some = sources.slice(first, first + featuresAtOnce);
					await this.#progress(
						`Ablating ${dictionary.siteName}: ${first} of ${sources.length}`,
						done + first / sources.length,
						prompts.length + used.length,
					);
					const found = await this.#ablate(dictionary, next, some, likeliest);
					logits.push(...found.logits);
					for (const effect of found.effects) {
						largest = Math.max(largest, Math.abs(effect.effect));
						if (Math.abs(effect.effect) > limit) kept.push(effect);
					}
				}
				done++;
				effects.push(...kept);
				affected = [...new Set(kept.map(({ target }) => featureOf(target)))].sort((a, b) => a - b);
			}
		}
		const isEnd = chains.every((chain) => chain.length < 2);
		if (effects.length === 0 && !(isEnd && logits.length > 0)) throw this.#refuse(chains, largest, limit);
		return {
			effects,
			logits,
			likeliest,
			...(await this.#drawCircuit(chains, effects, logits)),
		};
	}

	#refuse(chains: readonly (readonly Dictionary[])[], largest: number, limit: number): AppError {
		if (largest > 0)
			return new AppError(
				"no-effect",
				`No effect is above 2^${this.#request.thresholdExp} = ${limit.toPrecision(3)}; the largest is ${largest.toPrecision(3)}. Lower the threshold exponent below ${Math.floor(Math.log2(largest))}.`,
				{ threshold: limit, largest },
			);
		if (chains.every((chain) => chain.length < 2))
			return new AppError(
				"no-effect",
				"Nothing can be affected: no dictionary sits at the same kind of site one layer on. Choose more layers, the last one included.",
			);
		return new AppError(
			"no-effect",
			"Exactly zero effect from ablations: the features are not active on the prompt, or no layer behind them was chosen. Check that the pinned features lie in the layers and are active.",
		);
	}

	async #encode(prompt: number, dictionary: Dictionary): Promise<EncodedSite> {
		const key = `${prompt} ${dictionary.siteName}`;
		const known = this.#encoded.get(key);
		if (known) return known;
		const clean = this.#clean[prompt] as CleanPrompt;
		const encoded = await encodeSite(clean, dictionary, this.#context.encoders, this.#session);
		this.#encoded.set(key, encoded);
		return encoded;
	}

	/** Features that any prompt activates anywhere. */
	async #listActive(dictionary: Dictionary): Promise<ReadonlySet<number>> {
		const active = new Set<number>();
		for (const prompt of this.#clean.keys())
			for (const feature of (await this.#encode(prompt, dictionary)).sparse.features) active.add(feature);
		return active;
	}

	/** Active features of the first site, thinned; all prompts count. */
	async #drawSources(dictionary: Dictionary): Promise<readonly number[]> {
		const sorted = [...(await this.#listActive(dictionary))].sort((a, b) => a - b);
		const { thinning = 1, seed } = this.#request;
		if (thinning >= 1) return sorted;
		const count = Math.max(1, Math.round(thinning * sorted.length));
		return shuffle(sorted, seededRandom(seed))
			.slice(0, count)
			.sort((a, b) => a - b);
	}

	async #ablate(
		dictionary: Dictionary,
		next: Dictionary | undefined,
		sources: readonly number[],
		likeliest: Likeliest,
	): Promise<Findings> {
		const { model, prompts } = this.#inputs;
		const { allPositions, logitTokens } = this.#request;
		const parameters = [prompts, sources, allPositions, logitTokens];
		const decided = [model.hash, dictionary.hash, next?.hash ?? null, ...parameters];
		return await this.recorded.of(pieceKinds.ablation, decided, async () => {
			const tally = await this.#tally(dictionary, next, sources, likeliest);
			return tally.finish();
		});
	}

	async #tally(
		dictionary: Dictionary,
		next: Dictionary | undefined,
		sources: readonly number[],
		likeliest: Likeliest,
	): Promise<AblationTally> {
		const { model, prompts } = this.#inputs;
		const { allPositions, logitTokens } = this.#request;
		const tally = new AblationTally(dictionary, next, this.#inputs, this.#request, likeliest);
		for (const [prompt, ids] of prompts.entries()) {
			const clean = this.#clean[prompt] as CleanPrompt;
			const here = await this.#encode(prompt, dictionary);
			const batches = ablateSite(buildParts(dictionary, sources, here, ids.length), {
				model,
				ids,
				clean,
				site: dictionary.site,
				dIn: dictionary.dIn,
				...(next && { next: { site: next.site, dIn: next.dIn } }),
				allPositions,
				withLogits: logitTokens > 0,
				session: this.#session,
				pause: () => this.#pause(),
			});
			// Encoded together at the end: an encoder's matrix is read once, and not once a batch.
			const waiting: AblatedBatch[] = [];
			for await (const batch of batches) {
				const features = batch.parts.map((part) => sources[part] as number);
				if (batch.logitEffects) tally.addLogits(features, batch.logitEffects);
				if (batch.next) waiting.push(batch);
			}
			if (!next || waiting.length === 0) continue;
			const encoder = await this.#context.encoders.load(next, this.#session);
			const encoded = splitRows(
				await encoder.run(joinRows(waiting.map((batch) => batch.next as Float32Array))),
				waiting.map((batch) => (batch.next?.length ?? 0) / next.dIn),
			);
			for (const [i, batch] of waiting.entries())
				tally.addEffects(
					batch.parts.map((part) => sources[part] as number),
					encoded[i] as SparseActivations,
					batch,
					ids.length,
				);
		}
		return tally;
	}

	/** Sources and targets as nodes without position; each target keeps its strongest sources. */
	async #drawCircuit(
		chains: readonly (readonly Dictionary[])[],
		effects: readonly AblationEffect[],
		logits: readonly LogitEffect[],
	): Promise<{ readonly nodes: readonly CircuitNode[]; readonly edges: readonly CircuitEdge[] }> {
		const last = (this.#inputs.prompts[0] as readonly number[]).length - 1;
		const weights = new Map<string, Map<string, number>>();
		for (const { source, target, effect } of effects) {
			const sources = weights.get(target) ?? new Map<string, number>();
			weights.set(target, sources.set(source, (sources.get(source) ?? 0) + effect));
		}
		const edges = [...weights].flatMap(([target, sources]) =>
			[...sources]
				.sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
				.slice(0, this.#request.upNodes)
				.map(([source, weight]): CircuitEdge => ({ source, target, weight })),
		);
		const onLikeliest = new Map(logits.map((logit) => [logit.source, logit.onLikeliest]));
		// A pinned feature that changes nothing further was asked about all the same.
		const pinned = this.#request.pins.map(withoutPosition);
		const ids = new Set([...edges.flatMap(({ source, target }) => [source, target]), ...pinned]);
		const nodes: CircuitNode[] = [];
		for (const dictionary of chains.flat()) {
			const { site, siteName: name } = dictionary;
			const mine = [...ids].filter((id) => id.startsWith(`${name}.`)).map(featureOf);
			if (mine.length === 0) continue;
			const { sparse } = await this.#encode(0, dictionary);
			const activations = new Map<number, number>();
			for (const [i, feature] of sparse.features.entries())
				if (sparse.positions[i] === last) activations.set(feature, sparse.activations[i] as number);
			for (const feature of mine.sort((a, b) => a - b)) {
				const id = formatNodeId({ kind: "feature", site, feature });
				nodes.push({
					id,
					kind: "feature",
					site: site.kind,
					layer: site.layer,
					feature,
					position: last,
					activation: activations.get(feature) ?? 0,
					attribution: onLikeliest.get(id) ?? 0,
				});
			}
		}
		return { nodes, edges };
	}

	async #progress(step: string, done: number, total: number): Promise<void> {
		await this.#pause();
		this.#context.progress({ step, done, total });
	}

	async #pause(): Promise<void> {
		await pauseBetweenRuns(
			this.#context.signal,
			"The ablation was cancelled. What was finished is kept and will be reused.",
		);
	}
}

/**
 * Sites of one kind at consecutive layers; where a layer has none, another chain begins. With pins, only chains that have
 * some, from the first pinned layer on unless features before it are drawn too.
 */
function listChains(
	dictionaries: readonly Dictionary[],
	pins: ReadonlyMap<Dictionary, readonly number[]>,
	drawn: boolean,
): readonly (readonly Dictionary[])[] {
	const kindOf = ({ site }: Dictionary) => `${site.kind} ${site.head}`;
	const kinds = new Set((pins.size > 0 ? [...pins.keys()] : dictionaries).map(kindOf));
	return [...kinds].flatMap((kind) => {
		const chains: Dictionary[][] = [];
		for (const dictionary of dictionaries.filter((one) => kindOf(one) === kind)) {
			const before = chains.at(-1)?.at(-1);
			if (before && dictionary.site.layer === before.site.layer + 1) chains.at(-1)?.push(dictionary);
			else chains.push([dictionary]);
		}
		if (pins.size === 0 || drawn) return chains;
		const firsts = chains.map((chain) => chain.findIndex((dictionary) => pins.has(dictionary)));
		return chains.flatMap((chain, i) => (firsts[i] === -1 ? [] : [chain.slice(firsts[i])]));
	});
}

function buildParts(
	dictionary: Dictionary,
	sources: readonly number[],
	{ sparse, scale }: EncodedSite,
	tokens: number,
): readonly Part[] {
	const { dIn } = dictionary;
	const rows = loadDecoderRows(dictionary, Int32Array.from(sources));
	const parts = new Map(
		sources.map((feature, i) => [
			feature,
			{ factors: new Float32Array(tokens), row: rows.subarray(i * dIn, (i + 1) * dIn) },
		]),
	);
	for (const [i, feature] of sparse.features.entries()) {
		const position = sparse.positions[i] as number;
		const part = parts.get(feature);
		if (part) part.factors[position] = (sparse.activations[i] as number) * (scale[position] as number);
	}
	return sources.map((feature) => parts.get(feature) as Part);
}

function joinRows(parts: readonly Float32Array[]): Float32Array {
	const [first] = parts;
	if (first && parts.length === 1) return first;
	const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		joined.set(part, at);
		at += part.length;
	}
	return joined;
}

/** Parts of an encoding, so many rows each; rows count anew in every part. */
function splitRows(
	{ positions, features, activations }: SparseActivations,
	rows: readonly number[],
): readonly SparseActivations[] {
	let [row, entry] = [0, 0];
	return rows.map((count) => {
		const [first, from] = [row, entry];
		row += count;
		while (entry < positions.length && (positions[entry] as number) < row) entry++;
		return {
			positions: positions.subarray(from, entry).map((position) => position - first),
			features: features.subarray(from, entry),
			activations: activations.subarray(from, entry),
		};
	});
}

function featureOf(id: string): number {
	return Number(id.slice(id.indexOf(".") + 1));
}
