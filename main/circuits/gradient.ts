import { AppError } from "#shared/errors";
import type { AttributionsPiece, EdgesPiece, PieceMemory } from "#shared/piece";
import { type CircuitScores, scoreCircuit } from "#shared/scores";
import { type SiteName, siteName } from "#shared/site";
import type { Progress, TraceResult } from "#shared/trace";
import type { GradientRequest } from "#shared/trace-request";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { type ChosenProvider, chooseProvider } from "../onnx/providers.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { describeReading } from "../sae/reading-notes.ts";
import { attributeSite } from "./attribution.ts";
import { checkChosen } from "./choice-limits.ts";
import { chooseNodes } from "./choose-nodes.ts";
import {
	assembleCircuit,
	featureId,
	type LogitSink,
	listLogitNodes,
	listTokenNodes,
	type TracedSite,
} from "./circuit-assembly.ts";
import { computeDirectEffects, type DownNode } from "./direct-effects.ts";
import { loadDownSeeds, logitSeeds } from "./down-seeds.ts";
import { keepEdges } from "./edge-choice.ts";
import type { EncoderCache } from "./encoder-cache.ts";
import { chooseErrors, sumErrors } from "./error-choice.ts";
import { Findings } from "./findings.ts";
import { directionToBaseline, integrateGradients, residualBeside } from "./integrated-gradients.ts";
import { type ModelRun, runModel } from "./model-run.ts";
import { NodeBook } from "./node-book.ts";
import { pieceKey, pieceKinds, RecordedPieces } from "./recorded-pieces.ts";
import { activationAt, dotRows, loadActiveSlice, loadSiteActivity, measureSlopes } from "./site-activity.ts";
import { readTokenVectors, type TokenVectors } from "./token-vectors.ts";
import { checkFocus, chooseForFocus, isTarget, readFocus, type TraceFocus, wantedError } from "./trace-focus.ts";
import { loadTraceInputs, type TraceInputs } from "./trace-inputs.ts";
import { Upstream } from "./upstream.ts";

/** What a trace needs from around it. */
export interface TraceContext {
	readonly memory: PieceMemory;
	readonly encoders: EncoderCache;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/**
 * A gradient circuit (Marks et al. 2024): prompt → activations and gradients at every site → attributions → chosen
 * nodes → direct effects between them → circuit. Each piece is kept as soon as it exists and recalled if it is known.
 */
export async function traceGradient(request: GradientRequest, context: TraceContext): Promise<TraceResult> {
	const began = performance.now();
	const trace = new GradientTrace(request, context, loadTraceInputs(request), await chooseProvider(request.provider));
	return await trace.run(began);
}

function listChosen({
	activity,
	attributions,
	chosen,
}: Pick<TracedSite, "activity" | "attributions" | "chosen">): readonly string[] {
	return chosen.map((entry) => featureId(activity, attributions, entry));
}

const embedding = siteName({ kind: "resid", layer: -1 });

/** One trace under way. */
class GradientTrace {
	readonly #request: GradientRequest;
	readonly #context: TraceContext;
	readonly #inputs: TraceInputs;
	readonly #provider: ChosenProvider;
	readonly #focus: TraceFocus | undefined;
	#nodes = new NodeBook([], []);
	#findings = new Findings(this.#nodes);
	readonly #recorded: RecordedPieces;
	#steps = 0;
	#stepName = "";
	#toldAt = 0;

	constructor(request: GradientRequest, context: TraceContext, inputs: TraceInputs, provider: ChosenProvider) {
		this.#request = request;
		this.#context = context;
		this.#recorded = new RecordedPieces(context.memory);
		this.#inputs = inputs;
		this.#provider = provider;
		this.#focus = readFocus(request, inputs.dictionaries, inputs.metric.runIds.length);
	}

	async run(began: number): Promise<TraceResult> {
		const { model, tokenizer, dictionaries, skipped, tokenIds, metric, patch } = this.#inputs;
		await this.#step("Model forward and backward");
		const names = new Set([embedding, ...dictionaries.map((dictionary) => dictionary.siteName)]);
		if (this.#request.integratedGradients !== undefined)
			for (const { site } of dictionaries) {
				const beside = residualBeside(site);
				if (beside) names.add(beside);
			}
		const clean = await this.#runModel(metric.runIds, [...names], true);
		const patchRun = patch && (await this.#runModel(patch.ids, [...names], false));

		const tokens = readTokenVectors(model, metric.runIds, patch?.ids);
		const embedded = clean.gradients.get(embedding) as Float32Array;
		const sign = patch ? -1 : 1;
		const tokenNodes = listTokenNodes(
			metric.runIds.map((id, t) => ({
				id,
				attribution: sign * dotRows(embedded, tokens.contributions, t, clean.width),
			})),
		);
		const logitNodes = listLogitNodes(
			clean.logits.map((logit): LogitSink => ({ ...logit, position: clean.tokens - 1 })),
		);
		const last = this.#request.lastPositionOnly ? clean.tokens - 1 : undefined;
		this.#nodes = new NodeBook(tokenNodes, logitNodes, last);
		this.#findings = new Findings(this.#nodes);
		if (!this.#focus) this.#findings.find([...tokenNodes, ...logitNodes].map(({ id }) => id));

		const sites: TracedSite[] = [];
		for (const dictionary of dictionaries) sites.push(await this.#traceSite(dictionary, clean, patchRun));
		if (sites.every(({ activity }) => activity.sparse.features.length === 0))
			throw new AppError(
				"no-effect",
				"No feature of these dictionaries is active on the prompt. Check that they belong to this model, or try another prompt or --bos on|off.",
			);
		if (this.#focus) {
			checkFocus(this.#focus, [...tokenNodes, ...logitNodes], this.#nodes.find(this.#focus.id));
			this.#findings.find([this.#focus.id]);
		} else checkChosen(sites, this.#request.choice);
		const edges = await this.#traceAllEdges(sites, clean, tokens);

		const circuit = assembleCircuit({
			sites,
			edges,
			nodes: this.#nodes,
			request: {
				...this.#request,
				...(this.#focus && { from: { node: this.#focus.id, direction: this.#focus.direction } }),
			},
		});
		await this.#step("Circuit assembled");
		return {
			model: { name: model.name, hash: model.hash },
			dictionaries: dictionaries.map(({ name, hash, siteName: site, rule }) => ({ name, hash, site, rule })),
			skipped,
			notes: describeReading(dictionaries),
			prompt: { text: this.#request.prompt, tokens: tokenIds.map((id) => tokenizer.tokenText(id)), tokenIds },
			metric: { name: metric.name, value: clean.metric },
			...circuit,
			...(!this.#focus && !this.#request.keepUnconnected && { scores: this.#score(circuit) }),
			errors: sumErrors(this.#errors, this.#nodes.errors),
			provider: this.#provider.provider,
			...(this.#provider.fallback !== undefined && { providerFallback: this.#provider.fallback }),
			seconds: (performance.now() - began) / 1000,
			peakRssBytes: process.resourceUsage().maxRSS * 1024,
			...this.#recorded.counts,
		};
	}

	#score({ nodes, edges }: Pick<TraceResult, "nodes" | "edges">): CircuitScores {
		const { replacement, completeness } = scoreCircuit({ nodes, edges, metricName: this.#inputs.metric.name });
		return { replacement, completeness };
	}

	get #errors() {
		return this.#request.errors ?? "all";
	}

	get #session() {
		return { provider: this.#provider.provider };
	}

	async #runModel(ids: readonly number[], sites: readonly SiteName[], withGradients: boolean): Promise<ModelRun> {
		const { model, metric } = this.#inputs;
		const pause = (share: number) => this.#pause(share);
		return await runModel({ model, ids, sites, metric, withGradients, session: this.#session, pause });
	}

	/** Activations, slice and attributions of one dictionary, and which of its features become down nodes. */
	async #traceSite(dictionary: Dictionary, clean: ModelRun, patchRun: ModelRun | undefined): Promise<TracedSite> {
		const { metric, patch } = this.#inputs;
		const name = dictionary.siteName;
		await this.#step(`Features of ${name}`);
		const x = clean.activations.get(name) as Float32Array;
		const gradient = clean.gradients.get(name) as Float32Array;
		const patchX = patchRun?.activations.get(name);
		const patchSparse = patchX && (await this.#encode(dictionary, patchX));
		const load = async (sparse: SparseActivations) => {
			// Read once and let go: what is behind this needs none of the dictionary's matrices.
			const slice = loadActiveSlice(dictionary, sparse, ...(patchSparse ? [patchSparse] : []));
			const site = { dictionary, x, gradient, sparse, slice, session: this.#session };
			const patched = patch && patchX && patchSparse && { x: patchX, sparse: patchSparse, from: patch.from };
			return { site, ...(await loadSiteActivity({ ...site, ...(patched && { patch: patched }) })) };
		};
		let fresh: Awaited<ReturnType<typeof load>> | undefined;
		const decided = [this.#inputs.model.hash, dictionary.hash, metric.runIds];
		const found = await this.#recorded.of(pieceKinds.activations, decided, async () => {
			const sparse = await this.#encode(dictionary, x);
			fresh = await load(sparse);
			return { kind: "activations", ...sparse, errorNorms: fresh.activity.errorNorms };
		});
		const { site: read, activity, errorGradient } = fresh ?? (await load(found));
		const { integratedGradients: steps } = this.#request;
		const attributions = await this.#recorded.of(
			pieceKinds.attributions,
			[pieceKey(pieceKinds.activations, ...decided), metric, patch?.ids ?? null, steps ?? 0],
			async () => {
				const slopes = steps === undefined ? activity.slopes : await this.#integrate(read, activity, clean, steps);
				return attributeSite(activity, gradient, patch !== undefined, slopes);
			},
		);
		const last = this.#request.lastPositionOnly ? clean.tokens - 1 : undefined;
		const isAbove = this.#focus ? undefined : await this.#readThresholds(dictionary, activity);
		const chosen = chooseForFocus(this.#focus, { activity, attributions }, () =>
			chooseNodes(attributions, this.#request.choice, last, isAbove && ((entry) => isAbove(attributions, entry))),
		);
		const wanted = wantedError(this.#focus, dictionary.site);
		const errors = chooseErrors(attributions, {
			errors: this.#errors,
			choice: this.#request.choice,
			features: chosen.length,
			positions: last === undefined ? Array.from({ length: clean.tokens }, (_, t) => t) : [last],
			...(wanted !== undefined && { wanted }),
		});
		this.#nodes.add({ activity, attributions, errors });
		if (!this.#focus) this.#findings.find(listChosen({ activity, attributions, chosen }));
		const downNodes = this.#downNodes({ activity, attributions, chosen, errors });
		const seeds = await loadDownSeeds(downNodes, { activity, errorGradient }, read.slice, this.#session);
		// Nothing behind this site needs its gradient.
		clean.gradients.delete(name);
		return { activity, attributions, chosen, errors, downNodes, seeds };
	}

	/** Whether an entry's activation is in size above the percentile that was asked for. Throws `not-found` without a collection. */
	async #readThresholds(dictionary: Dictionary, { sparse }: TracedSite["activity"]) {
		const { choice } = this.#request;
		if (choice.by !== "percentile") return undefined;
		const found = await this.#context.memory.recall(`thresholds:${dictionary.hash}:${choice.percentile}`);
		if (found?.kind !== "thresholds")
			throw new AppError(
				"not-found",
				`Nothing is known of how active the features of ${dictionary.name} usually are. Gather activations first: scd collect, or Features in the app.`,
				{ dictionary: dictionary.name },
			);
		const active = new Set(
			Array.from(sparse.features, (feature, i) => [feature, i] as const)
				.filter(([feature, i]) => Math.abs(sparse.activations[i] as number) > (found.values[feature] as number))
				.map(([feature, i]) => `${feature}@${sparse.positions[i]}`),
		);
		return ({ features, positions }: AttributionsPiece, entry: number) =>
			active.has(`${features[entry]}@${positions[entry]}`);
	}

	async #encode(dictionary: Dictionary, x: Float32Array): Promise<SparseActivations> {
		const encoder = await this.#context.encoders.load(dictionary, this.#session);
		return await encoder.run(x, (share) => this.#pause(share));
	}

	/** Mean `∂m/∂a` along the path from the prompt's reconstruction to the baseline's. */
	async #integrate(
		site: Parameters<typeof measureSlopes>[0],
		activity: TracedSite["activity"],
		clean: ModelRun,
		steps: number,
	): Promise<Float32Array> {
		const { model, metric } = this.#inputs;
		const gradient = await integrateGradients({
			model,
			metric,
			site: site.dictionary.site,
			activations: clean.activations,
			direction: await directionToBaseline(activity, site.slice, this.#session),
			steps,
			session: this.#session,
		});
		return await measureSlopes({ ...site, gradient }, activity.contributions);
	}

	async #traceAllEdges(sites: readonly TracedSite[], clean: ModelRun, tokens: TokenVectors): Promise<EdgesPiece[]> {
		const activities = sites.map(({ activity }) => activity);
		const upstream = new Upstream(activities, tokens, clean.tokens, this.#session);
		const edges: EdgesPiece[] = [];
		try {
			for (const site of [...sites, undefined])
				if (isTarget(this.#focus, site?.activity.dictionary.site))
					edges.push(await this.#traceEdges(site, sites, clean, upstream));
			return edges;
		} finally {
			await upstream.dispose();
		}
	}

	/** Direct effects into the chosen nodes and errors of `into`, or into the metric's logits. */
	async #traceEdges(
		into: TracedSite | undefined,
		sites: readonly TracedSite[],
		clean: ModelRun,
		upstream: Upstream,
	): Promise<EdgesPiece> {
		const { model, metric, patch } = this.#inputs;
		await this.#step(`Edges into ${into?.activity.dictionary.siteName ?? "logits"}`);
		const { lastPositionOnly, upNodes } = this.#request;
		const downNodes = into?.downNodes ?? this.#downLogits(clean);
		const source = this.#focus?.direction === "downstream" ? this.#focus.id : undefined;
		const decided = [
			model.hash,
			metric,
			sites.map(({ activity: { dictionary } }) => dictionary.hash),
			into?.activity.dictionary.siteName ?? "logits",
			downNodes,
			sites.map(({ errors }) => errors.joined),
			sites.map(({ chosen }) => chosen),
			upNodes,
			lastPositionOnly,
			patch?.ids ?? null,
			...(source === undefined ? [] : [source]),
		];
		const edges = await this.#recorded.of(pieceKinds.edges, decided, () => {
			const effects = computeDirectEffects({
				model,
				metric,
				upstream,
				...(into && { into: into.activity.dictionary.site }),
				downNodes,
				seedOf: (node) => (into?.seeds ?? logitSeeds(metric)).of(node),
				session: this.#session,
				pause: (share) => this.#pause(share),
			});
			return keepEdges(effects, sites, {
				upNodes: source === undefined ? upNodes : Number.POSITIVE_INFINITY,
				...(source !== undefined && { source }),
				...(lastPositionOnly && { onlyPosition: clean.tokens - 1 }),
				...(into && { into: into.activity.dictionary.site }),
				metric,
			});
		});
		this.#findings.join(edges);
		return edges;
	}

	#downLogits(clean: ModelRun): readonly DownNode[] {
		const { metric } = this.#inputs;
		const ref = this.#focus?.direction === "upstream" ? this.#focus.ref : undefined;
		return clean.logits
			.map(({ weight }, term): DownNode => ({ kind: "logit", term, position: clean.tokens - 1, weight }))
			.filter((_, term) => ref?.kind !== "logit" || metric.terms[term]?.token === ref.token);
	}

	#downNodes({
		activity,
		attributions,
		chosen,
		errors: { alone, joined },
	}: Pick<TracedSite, "activity" | "attributions" | "chosen" | "errors">): readonly DownNode[] {
		if (!isTarget(this.#focus, activity.dictionary.site)) return [];
		const features = chosen.flatMap((entry): DownNode[] => {
			const [feature, position] = [attributions.features[entry] as number, attributions.positions[entry] as number];
			// A feature of the patch prompt alone is off here, and nothing upstream moves it.
			if (activationAt(activity.sparse, position, feature) === 0) return [];
			return [{ kind: "feature", feature, position, weight: activity.slopes[entry] as number }];
		});
		const ref = this.#focus?.direction === "upstream" ? this.#focus.ref : undefined;
		if (ref?.kind === "feature") return features;
		const rest: readonly DownNode[] = joined.length === 0 ? [] : [{ kind: "errors", positions: joined }];
		if (ref?.kind === "error") return ref.position === undefined ? rest : [{ kind: "error", position: ref.position }];
		if (this.#errors === "sources") return features;
		return [...features, ...alone.map((position): DownNode => ({ kind: "error", position })), ...rest];
	}

	async #step(step: string): Promise<void> {
		await this.#pause();
		this.#stepName = step;
		this.#steps++;
		this.#tell(step);
	}

	/** Lets other work be done. A long step says about every second how much of it is done. */
	async #pause(share?: number): Promise<void> {
		const message = "The trace was cancelled. What was finished is kept and will be reused.";
		await pauseBetweenRuns(this.#context.signal, message);
		if (share && performance.now() - this.#toldAt > 800) this.#tell(`${this.#stepName}, ${Math.round(100 * share)}%`);
	}

	#tell(step: string): void {
		this.#toldAt = performance.now();
		const partial = this.#findings.take();
		const total = 2 * this.#inputs.dictionaries.length + 2;
		this.#context.progress({ step, done: this.#steps - 1, total, ...(partial && { partial }) });
	}
}
