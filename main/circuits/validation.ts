import { AppError } from "#shared/errors";
import type { Progress } from "#shared/trace";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { EdgeLoss, EdgeSet } from "./edge-loss.ts";
import type { TraceContext } from "./gradient.ts";
import { KnockOut } from "./knock-out.ts";
import { groupPins, loadMethodInputs, type MethodInputs } from "./method-inputs.ts";
import { pieceKinds, RecordedPieces } from "./recorded-pieces.ts";
import { SplicedLoss } from "./spliced-loss.ts";
import { TextBaselines } from "./text-baselines.ts";
import { Losses, Scale, spreadSizes, type Variants } from "./validation-figures.ts";
import { describeReport, scaleOf } from "./validation-report.ts";
import { readValidationTexts, type ValidationTexts } from "./validation-texts.ts";
import { groupKept, listPins, listVariants, type Pinned } from "./validation-variants.ts";

/**
 * What a set of features does on prompts or over a corpus (algorithms, section 5): all of them knocked out at once, and
 * how faithful and how complete the circuit is that they make, with intervals over texts and random circuits to compare with.
 */
export async function validateCircuit(request: ValidationRequest, context: TraceContext): Promise<ValidationReport> {
	const began = performance.now();
	const inputs = loadMethodInputs(request, []);
	const pinned = groupPins(request.pins, inputs.dictionaries);
	if (pinned.size === 0)
		throw new AppError("usage", "There is nothing to validate. Pin the features that make up the circuit.");
	const chosen = await chooseProvider(request.provider);
	const read = await readValidationTexts(request, inputs);
	const validation = new Validation(request, context, inputs, pinned, read, { provider: chosen.provider });
	const report = await validation.run();
	const { reused } = validation.recorded.counts;
	return { ...report, reused, provider: chosen.provider, seconds: (performance.now() - began) / 1000 };
}

class Validation {
	readonly #request: ValidationRequest;
	readonly #context: TraceContext;
	readonly #inputs: MethodInputs;
	readonly #pinned: Pinned;
	readonly #read: ValidationTexts;
	readonly #session: SessionOptions;
	#baselines!: TextBaselines;
	readonly recorded: RecordedPieces;
	#scale = new Scale([], [], 0);
	#done = 0;
	readonly #total: number;

	constructor(
		request: ValidationRequest,
		context: TraceContext,
		inputs: MethodInputs,
		pinned: Pinned,
		read: ValidationTexts,
		session: SessionOptions,
	) {
		this.#request = request;
		this.#context = context;
		this.recorded = new RecordedPieces(context.memory);
		this.#inputs = inputs;
		this.#pinned = pinned;
		this.#read = read;
		this.#session = session;
		const { baseline, curve, edges } = request;
		const passes = 2 + (baseline === "zero" ? 0 : 1) + (curve > 0 ? 1 : 0) + (edges ? 1 : 0);
		this.#total = read.texts.length * passes;
	}

	async run(): Promise<ValidationReport> {
		const { baseline, errors, edges } = this.#request;
		const { texts, measure } = this.#read;
		const { dictionaries, model } = this.#inputs;
		this.#baselines = await TextBaselines.load(baseline, this.#inputs, texts, this.#session, () =>
			this.#step("Activations of the texts"),
		);
		const knockOut = await KnockOut.load(model, this.#pinned, measure, this.#session);
		try {
			for (const text of texts) {
				await knockOut.add(text);
				await this.#step("Knocking out", this.#describe(knockOut, undefined));
			}
			const spliced = await SplicedLoss.load({
				...{ model, dictionaries, baseline, errors, measure },
				session: this.#session,
			});
			try {
				const report = await this.#splice(spliced, knockOut);
				return edges ? { ...report, edges: await this.#cutEdges(edges, report) } : report;
			} finally {
				await spliced.dispose();
			}
		} finally {
			await knockOut.dispose();
		}
	}

	async #splice(spliced: SplicedLoss, knockOut: KnockOut): Promise<ValidationReport> {
		const { curve, leaveOneOut } = this.#request;
		const main = listVariants(this.#request, this.#inputs, this.#pinned);
		const losses = await this.#measure(spliced, main, (sofar) => this.#describe(knockOut, new Losses(main, sofar)));
		const measured = new Losses(main, losses);
		this.#scale = scaleOf(this.#request, knockOut, measured);
		const report = this.#describe(knockOut, measured);
		if (curve === 0) return report;
		const order = (leaveOneOut ? report.leaveOneOut?.map(({ pin }) => pin) : undefined) ?? listPins(this.#pinned);
		const sizes = spreadSizes(order.length, curve);
		const grown = {
			names: sizes.map(String),
			sets: sizes.map((size) => groupKept(order.slice(0, size), this.#inputs)),
		};
		const points = new Losses(grown, await this.#measure(spliced, grown, () => report));
		return {
			...report,
			curve: sizes.flatMap((size) => {
				const figure = this.#scale.figureOf(points.of(String(size)));
				return figure ? [{ size, ...figure }] : [];
			}),
		};
	}

	/** The circuit with no edges but its own. */
	async #cutEdges(
		edges: NonNullable<ValidationRequest["edges"]>,
		report: ValidationReport,
	): Promise<NonNullable<ValidationReport["edges"]>> {
		const { dictionaries, model } = this.#inputs;
		const { baseline, errors } = this.#request;
		const cut = await EdgeLoss.load({
			...{ model, dictionaries, pinned: this.#pinned, baseline, errors },
			edges: new EdgeSet(edges),
			measure: this.#read.measure,
			session: this.#session,
		});
		try {
			const losses: number[] = [];
			for (const [index, text] of this.#read.texts.entries()) {
				await this.#pause();
				losses.push(await cut.run(text, this.#baselines.of(index)));
				await this.#step("Cutting edges", report);
			}
			const total = losses.reduce((sum, loss) => sum + loss, 0);
			return {
				...this.#scale.figureOf(losses),
				loss: total / Math.max(1, report.predictions),
				kept: cut.kept,
				cut: cut.cut,
			};
		} finally {
			await cut.dispose();
		}
	}

	/** `[text][variant]`: what is measured. Each text's numbers are kept as soon as they are known. */
	async #measure(
		spliced: SplicedLoss,
		{ names, sets }: Variants,
		describe: (sofar: readonly (readonly number[])[]) => ValidationReport,
	): Promise<readonly (readonly number[])[]> {
		const { baseline, errors } = this.#request;
		const { model, dictionaries } = this.#inputs;
		const { texts } = this.#read;
		const rows: (readonly number[])[] = [];
		const listed = sets.map((set) =>
			[...set].map(([site, features]) => [site, features.size < 4096 ? [...features] : 0]),
		);
		const all = baseline === "zero" || baseline === "patch" ? null : texts.map(({ ids }) => ids);
		for (const [index, text] of texts.entries()) {
			const hashes = dictionaries.map(({ hash }) => hash);
			const { ids, metric, patch } = text;
			const decided = [
				...[model.hash, hashes, this.#request.pins, names, listed, baseline, errors, ids, all],
				...(metric ? [metric.terms, metric.normaliser, baseline === "patch" ? patch : null] : []),
			];
			const row = await this.recorded.of(pieceKinds.spliced, decided, async () => {
				const losses: number[] = [];
				const atOnce = spliced.atOnce(ids.length);
				for (let first = 0; first < sets.length; first += atOnce) {
					await this.#pause();
					losses.push(...(await spliced.run(text, sets.slice(first, first + atOnce), this.#baselines.of(index))));
				}
				return losses;
			});
			rows.push(row);
			await this.#step("Splicing dictionaries in", describe(rows));
		}
		return rows;
	}

	#describe(knockOut: KnockOut, losses: Losses | undefined): ValidationReport {
		const report = describeReport(this.#request, this.#inputs, this.#read, knockOut, losses);
		return { ...report, reused: this.recorded.counts.reused };
	}

	async #step(step: string, report?: ValidationReport): Promise<void> {
		await this.#pause();
		this.#done++;
		const progress: Progress = { step, done: this.#done, total: this.#total };
		this.#context.progress(report ? { ...progress, report } : progress);
	}

	async #pause(): Promise<void> {
		await pauseBetweenRuns(
			this.#context.signal,
			"The validation was cancelled. What was finished is kept and will be reused.",
		);
	}
}
