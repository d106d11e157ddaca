import type { SiteName } from "#shared/site";
import type { Progress } from "#shared/trace";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { TraceContext } from "./gradient.ts";
import type { MeasuredText } from "./measure.ts";
import type { MethodInputs } from "./method-inputs.ts";
import { pieceKinds, RecordedPieces } from "./recorded-pieces.ts";
import type { SplicedLoss, SplicedLossOptions } from "./spliced-loss.ts";
import { type FeatureSet, listSet } from "./spliced-model.ts";
import { TextBaselines } from "./text-baselines.ts";
import type { Variants } from "./validation-figures.ts";
import type { ValidationTexts } from "./validation-texts.ts";
import type { Pinned } from "./validation-variants.ts";

export interface ValidationRunOptions {
	readonly request: ValidationRequest;
	readonly context: TraceContext;
	readonly inputs: MethodInputs;
	readonly pinned: Pinned;
	readonly read: ValidationTexts;
	readonly session: SessionOptions;
	/** Passes over all texts, for the progress. */
	readonly passes: number;
}

/** What all parts of a validation share: its texts and baselines, how far it is, and pieces that are kept text by text. */
export class ValidationRun {
	readonly request: ValidationRequest;
	readonly inputs: MethodInputs;
	readonly pinned: Pinned;
	readonly read: ValidationTexts;
	readonly session: SessionOptions;
	readonly context: TraceContext;
	readonly recorded: RecordedPieces;
	#baselines: TextBaselines | undefined;
	#done = 0;
	readonly #total: number;

	constructor({ request, context, inputs, pinned, read, session, passes }: ValidationRunOptions) {
		this.request = request;
		this.context = context;
		this.inputs = inputs;
		this.pinned = pinned;
		this.read = read;
		this.session = session;
		this.recorded = new RecordedPieces(context.memory);
		this.#total = read.texts.length * passes + (request.patching ? 1 : 0);
	}

	get splicing(): SplicedLossOptions {
		const { baseline, errors } = this.request;
		const { model, dictionaries } = this.inputs;
		return { model, dictionaries, baseline, errors, measure: this.read.measure, session: this.session };
	}

	async loadBaselines(): Promise<void> {
		this.#baselines = await TextBaselines.load(
			this.request.baseline,
			this.inputs,
			this.read.texts,
			this.session,
			async () => await this.step("Activations of the texts"),
		);
	}

	/** Of a text, at these sites, all if absent. */
	baselinesOf(index: number, sites?: readonly SiteName[]): ReturnType<TextBaselines["of"]> {
		return this.#baselines?.of(index, sites) ?? new Map();
	}

	/** `[text][set]`: what is measured. Each text's numbers are kept as soon as they are known. */
	async measureSets(
		spliced: SplicedLoss,
		{ names, sets }: Variants,
		describe: (sofar: readonly (readonly number[])[]) => ValidationReport | undefined,
	): Promise<readonly (readonly number[])[]> {
		const listed = sets.map(listSet);
		/** What was measured together with a text before. */
		const ahead = new Map<number, Float32Array>();
		return await this.measureTexts(
			"Splicing dictionaries in",
			[this.request.pins, names, listed],
			async (index) => {
				if (!ahead.has(index))
					for (const [i, losses] of (await this.#runAhead(spliced, sets, index)).entries())
						ahead.set(index + i, losses);
				const losses = ahead.get(index) as Float32Array;
				ahead.delete(index);
				return [...losses];
			},
			describe,
		);
	}

	/** A text's numbers, and those of as many behind it as are best measured together. */
	async #runAhead(spliced: SplicedLoss, sets: readonly FeatureSet[], index: number): Promise<readonly Float32Array[]> {
		const longest = Math.max(...this.read.texts.map(({ ids }) => ids.length));
		const texts = this.read.texts.slice(index, index + spliced.textsAtOnce(longest, sets.length));
		return await spliced.run(
			{
				texts,
				baselines: (i, sites) => this.baselinesOf(index + i, sites),
				pause: async () => await this.pause(),
			},
			sets,
		);
	}

	/** Numbers of every text, by pieces; `parts` are what decides them beside model, dictionaries, baseline and text. */
	async measureTexts(
		step: string,
		parts: readonly unknown[],
		compute: (index: number) => Promise<number[]>,
		describe: (sofar: readonly (readonly number[])[]) => ValidationReport | undefined = () => undefined,
	): Promise<readonly (readonly number[])[]> {
		const { baseline, errors } = this.request;
		const { model, dictionaries } = this.inputs;
		const { texts } = this.read;
		const all = baseline === "zero" || baseline === "patch" ? null : texts.map(({ ids }) => ids);
		const hashes = dictionaries.map(({ hash }) => hash);
		const rows: (readonly number[])[] = [];
		for (const [index, { ids, metric, patch }] of texts.entries()) {
			const decided = [
				...[model.hash, hashes, ...parts, baseline, errors, ids, all],
				...(metric ? [metric.terms, metric.normaliser, baseline === "patch" ? patch : null] : []),
			];
			rows.push(await this.recorded.of(pieceKinds.spliced, decided, async () => await compute(index)));
			await this.step(step, describe(rows));
		}
		return rows;
	}

	textOf(index: number): MeasuredText {
		return this.read.texts[index] as MeasuredText;
	}

	async step(step: string, report?: ValidationReport): Promise<void> {
		await this.pause();
		this.#done++;
		const progress: Progress = { step, done: this.#done, total: this.#total };
		this.context.progress(report ? { ...progress, report } : progress);
	}

	async pause(): Promise<void> {
		await pauseBetweenRuns(
			this.context.signal,
			"The validation was cancelled. What was finished is kept and will be reused.",
		);
	}
}
