import { AppError } from "#shared/errors";
import type { TokenEffect } from "#shared/feature-facts";
import { formatNodeId } from "#shared/node-id";
import { seededRandom, shuffle } from "#shared/random";
import type { SiteName } from "#shared/site";
import { pickExtremes } from "#shared/top";
import type { Progress } from "#shared/trace";
import type { Figure, ValidationReport, ValidationRequest } from "#shared/validation";
import { describeNotes, readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { CorpusEncoder } from "../sae/corpus-encoder.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { resolvePrependBos } from "../sae/discovery.ts";
import { describeReading } from "../sae/reading-notes.ts";
import { EdgeLoss, EdgeSet } from "./edge-loss.ts";
import type { TraceContext } from "./gradient.ts";
import { KnockOut } from "./knock-out.ts";
import { groupPins, loadMethodInputs, type MethodInputs } from "./method-inputs.ts";
import { pieceKinds, RecordedPieces } from "./recorded-pieces.ts";
import { type KeptFeatures, SplicedLoss } from "./spliced-loss.ts";
import { findShare, Losses, measureShare, spreadSizes, type Variants } from "./validation-figures.ts";

/**
 * What a set of features does over a corpus (algorithms, section 5): all of them knocked out at once, and how faithful
 * and how complete the circuit is that they make, with intervals over sequences and random circuits to compare with.
 */
export async function validateCircuit(request: ValidationRequest, context: TraceContext): Promise<ValidationReport> {
	const began = performance.now();
	const inputs = loadMethodInputs(request, []);
	const pinned = groupPins(request.pins, inputs.dictionaries);
	if (pinned.size === 0)
		throw new AppError("usage", "There is nothing to validate. Pin the features that make up the circuit.");
	const chosen = await chooseProvider(request.provider);
	const validation = new Validation(request, context, inputs, pinned, { provider: chosen.provider });
	const report = await validation.run();
	const { reused } = validation.recorded.counts;
	return { ...report, reused, provider: chosen.provider, seconds: (performance.now() - began) / 1000 };
}

/** Activations of one dictionary on one sequence. */
interface Entries {
	readonly positions: number[];
	readonly features: number[];
	readonly activations: number[];
}

class Validation {
	readonly #request: ValidationRequest;
	readonly #context: TraceContext;
	readonly #inputs: MethodInputs;
	readonly #pinned: ReadonlyMap<Dictionary, readonly number[]>;
	readonly #session: SessionOptions;
	readonly #notes = startNotes();
	#sequences: readonly (readonly number[])[] = [];
	/** Of each sequence, where the baseline is another one's activations. */
	readonly #encodings: ReadonlyMap<SiteName, Entries>[] = [];
	#means: ReadonlyMap<SiteName, Float32Array> = new Map();
	readonly recorded: RecordedPieces;
	/** Losses of the model as it is and with nothing, by sequence: what shares are measured between. */
	#reference: { readonly full: readonly number[]; readonly empty: readonly number[] } = { full: [], empty: [] };
	#done = 0;
	#total = 1;

	constructor(
		request: ValidationRequest,
		context: TraceContext,
		inputs: MethodInputs,
		pinned: ReadonlyMap<Dictionary, readonly number[]>,
		session: SessionOptions,
	) {
		this.#request = request;
		this.#context = context;
		this.recorded = new RecordedPieces(context.memory);
		this.#inputs = inputs;
		this.#pinned = pinned;
		this.#session = session;
	}

	async run(): Promise<ValidationReport> {
		const { baseline, curve } = this.#request;
		this.#sequences = await this.#readCorpus();
		const { edges } = this.#request;
		const passes = 2 + (baseline === "zero" ? 0 : 1) + (curve > 0 ? 1 : 0) + (edges ? 1 : 0);
		this.#total = this.#sequences.length * passes;
		if (baseline !== "zero") await this.#encodeCorpus();
		const { dictionaries, model } = this.#inputs;
		const { errors } = this.#request;
		const knockOut = await KnockOut.load(model, this.#pinned, this.#session);
		try {
			for (const ids of this.#sequences) {
				await knockOut.add(ids);
				await this.#step("Knocking out", this.#describe(knockOut, undefined));
			}
			const spliced = await SplicedLoss.load({ model, dictionaries, baseline, errors, session: this.#session });
			try {
				const report = await this.#splice(spliced, knockOut);
				return this.#request.edges ? { ...report, edges: await this.#cutEdges(this.#request.edges, report) } : report;
			} finally {
				await spliced.dispose();
			}
		} finally {
			await knockOut.dispose();
		}
	}

	async #splice(spliced: SplicedLoss, knockOut: KnockOut): Promise<ValidationReport> {
		const { curve, leaveOneOut } = this.#request;
		const main = this.#listVariants();
		const losses = await this.#measure(spliced, main, (sofar) => this.#describe(knockOut, new Losses(main, sofar)));
		const measured = new Losses(main, losses);
		this.#reference = { full: knockOut.baseLosses, empty: measured.of("empty") };
		const report = this.#describe(knockOut, measured);
		if (curve === 0) return report;
		const order = (leaveOneOut ? report.leaveOneOut?.map(({ pin }) => pin) : undefined) ?? this.#pinIds();
		const sizes = spreadSizes(order.length, curve);
		const grown = {
			names: sizes.map(String),
			sets: sizes.map((size) => groupKept(order.slice(0, size), this.#inputs)),
		};
		const points = new Losses(grown, await this.#measure(spliced, grown, () => report));
		return {
			...report,
			curve: sizes.flatMap((size) => {
				const figure = this.#share(knockOut, measured, points.of(String(size)));
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
			model,
			dictionaries,
			pinned: this.#pinned,
			edges: new EdgeSet(edges),
			baseline,
			errors,
			session: this.#session,
		});
		try {
			const losses: number[] = [];
			for (const [index, ids] of this.#sequences.entries()) {
				await this.#pause();
				losses.push(await cut.run(ids, this.#baselinesOf(index)));
				await this.#step("Cutting edges", report);
			}
			const figure = measureShare(losses, this.#reference.full, this.#reference.empty, this.#request.seed) ?? {
				value: Number.NaN,
				interval: [Number.NaN, Number.NaN] as const,
			};
			const total = losses.reduce((sum, loss) => sum + loss, 0);
			return { ...figure, loss: total / Math.max(1, report.predictions), kept: cut.kept, cut: cut.cut };
		} finally {
			await cut.dispose();
		}
	}

	/** The first documents of the corpus as tokens. */
	async #readCorpus(): Promise<readonly (readonly number[])[]> {
		const { corpus, column, maxLength, sequences: wanted, bos } = this.#request;
		const { model, tokenizer, dictionaries } = this.#inputs;
		const sequences: (readonly number[])[] = [];
		const documents = readDocuments(corpus, this.#notes, column);
		const prependBos = resolvePrependBos(dictionaries, bos);
		const reading = { model, tokenizer, bos: prependBos, length: maxLength, long: "cut" as const };
		for await (const ids of readSequences(documents, reading, this.#notes)) {
			sequences.push(ids);
			if (sequences.length === wanted) break;
		}
		if (!sequences.some(({ length }) => length > 1))
			throw new AppError(
				"bad-file",
				`The corpus ${corpus} holds no text with anything to predict. Give documents of two tokens or more.`,
				{ path: corpus },
			);
		if (this.#request.baseline === "resample" && sequences.length < 2)
			throw new AppError(
				"usage",
				"Resampling takes activations from another sequence, and the corpus has only one. Give more text, or take the baseline zero or mean.",
			);
		return sequences;
	}

	/** Activations of the model as it is: their means, or all of them. */
	async #encodeCorpus(): Promise<void> {
		const { model, dictionaries } = this.#inputs;
		const resample = this.#request.baseline === "resample";
		const sums = dictionaries.map(({ dSae }) => new Float64Array(dSae));
		const positions = this.#sequences.reduce((sum, { length }) => sum + length, 0);
		const encoder = await CorpusEncoder.load(model, dictionaries, this.#session);
		try {
			for (const ids of this.#sequences) {
				const found = dictionaries.map(() => ({ positions: [], features: [], activations: [] }) as Entries);
				await encoder.run([ids], {
					add: (dictionary, feature, _, position, value) => {
						const [sum, entries] = [sums[dictionary] as Float64Array, found[dictionary] as Entries];
						sum[feature] = (sum[feature] as number) + value;
						if (!resample) return;
						entries.positions.push(position);
						entries.features.push(feature);
						entries.activations.push(value);
					},
				});
				if (resample)
					this.#encodings.push(new Map(dictionaries.map(({ siteName }, i) => [siteName, found[i] as Entries])));
				await this.#step("Activations of the corpus");
			}
		} finally {
			await encoder.dispose();
		}
		this.#means = new Map(
			dictionaries.map(({ siteName }, i) => [
				siteName,
				Float32Array.from(sums[i] as Float64Array, (total) => total / positions),
			]),
		);
	}

	#baselinesOf(index: number): ReadonlyMap<SiteName, Float32Array> {
		const { baseline } = this.#request;
		if (baseline === "zero") return new Map();
		if (baseline === "mean") return this.#means;
		const other = (index + 1) % this.#sequences.length;
		const [length, from] = [this.#sequences[index]?.length ?? 0, this.#sequences[other]?.length ?? 1];
		return new Map(
			this.#inputs.dictionaries.map(({ siteName, dSae }) => {
				const { positions, features, activations } = (this.#encodings[other] as ReadonlyMap<SiteName, Entries>).get(
					siteName,
				) as Entries;
				const dense = new Float32Array(length * dSae);
				// A shorter sequence begins anew.
				for (const [i, feature] of features.entries())
					for (let t = positions[i] as number; t < length; t += from)
						dense[t * dSae + feature] = activations[i] as number;
				return [siteName, dense];
			}),
		);
	}

	#pinIds(): readonly string[] {
		return [...this.#pinned].flatMap(([{ site }, features]) =>
			features.map((feature) => formatNodeId({ kind: "feature", site, feature })),
		);
	}

	/** Whether what is beside the circuit alone is the same as knocking the circuit out, which needs no more than its own columns. */
	get #isKnockOut(): boolean {
		return this.#request.baseline === "zero" && this.#request.errors === "keep";
	}

	#complement(knockOut: KnockOut, losses: Losses): readonly number[] {
		return this.#isKnockOut ? knockOut.ablatedLosses.slice(0, losses.sequences) : losses.of("complement");
	}

	#listVariants(): Variants {
		const { leaveOneOut, controls, seed } = this.#request;
		const { dictionaries } = this.#inputs;
		const circuit = new Map([...this.#pinned].map(([{ siteName }, features]) => [siteName, new Set(features)]));
		const complement = () =>
			new Map(
				dictionaries.map(({ siteName, dSae }) => {
					const mine = circuit.get(siteName);
					return [siteName, new Set(Array.from({ length: dSae }, (_, f) => f).filter((f) => !mine?.has(f)))];
				}),
			);
		const names = ["empty", "circuit"];
		const sets: KeptFeatures[] = [new Map(), circuit];
		if (!this.#isKnockOut) {
			names.push("complement");
			sets.push(complement());
		}
		const pins = this.#pinIds();
		if (leaveOneOut)
			for (const pin of pins) {
				names.push(`without ${pin}`);
				const rest = pins.filter((other) => other !== pin);
				sets.push(groupKept(rest, this.#inputs));
			}
		const random = seededRandom(seed);
		for (let i = 0; i < controls; i++) {
			names.push(`control ${i}`);
			const drawn = [...this.#pinned].map(([{ siteName, dSae }, features]) => {
				const others = Array.from({ length: dSae }, (_, f) => f).filter((f) => !features.includes(f));
				return [siteName, new Set(shuffle(others, random).slice(0, features.length))] as const;
			});
			sets.push(new Map(drawn));
		}
		return { names, sets };
	}

	/** `[sequence][variant]`: summed nats. Each sequence's losses are kept as soon as they are known. */
	async #measure(
		spliced: SplicedLoss,
		{ names, sets }: Variants,
		describe: (sofar: readonly (readonly number[])[]) => ValidationReport,
	): Promise<readonly (readonly number[])[]> {
		const { baseline, errors } = this.#request;
		const { model, dictionaries } = this.#inputs;
		const rows: (readonly number[])[] = [];
		const listed = sets.map((set) =>
			[...set].map(([site, features]) => [site, features.size < 4096 ? [...features] : 0]),
		);
		const all = baseline === "zero" ? null : this.#sequences;
		for (const [index, ids] of this.#sequences.entries()) {
			const hashes = dictionaries.map(({ hash }) => hash);
			const decided = [model.hash, hashes, this.#request.pins, names, listed, baseline, errors, ids, all];
			const row = await this.recorded.of(pieceKinds.spliced, decided, async () => {
				const losses: number[] = [];
				const atOnce = spliced.atOnce(ids.length);
				for (let first = 0; first < sets.length; first += atOnce) {
					await this.#pause();
					losses.push(...(await spliced.run(ids, sets.slice(first, first + atOnce), this.#baselinesOf(index))));
				}
				return losses;
			});
			rows.push(row);
			await this.#step("Splicing dictionaries in", describe(rows));
		}
		return rows;
	}

	#describe(knockOut: KnockOut, losses: Losses | undefined): ValidationReport {
		const { tokenizer } = this.#inputs;
		const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);
		const seen = losses?.sequences ?? knockOut.baseLosses.length;
		const predictions = total(this.#sequences.slice(0, seen).map(({ length }) => length - 1));
		const mean = (of: readonly number[] | undefined) => total(of ?? []) / Math.max(1, predictions);
		const complement = losses && this.#complement(knockOut, losses);
		const list = (end: "largest" | "smallest", sign: 1 | -1): readonly TokenEffect[] =>
			pickExtremes(knockOut.changes, this.#request.tokens, end)
				.filter(({ value }) => sign * value > 0)
				.map(({ index, value }) => ({ token: tokenizer.tokenText(index), effect: value / knockOut.positions }));
		const share = (of: readonly number[] | undefined) => (losses && of ? this.#share(knockOut, losses, of) : null);
		const value = (name: string) =>
			losses ? findShare(losses.of(name), knockOut.baseLosses, losses.of("empty")) : Number.NaN;
		const without = losses?.names.filter((name) => name.startsWith("without ")) ?? [];
		const controls = losses?.names.filter((name) => name.startsWith("control ")) ?? [];
		return {
			sequences: knockOut.baseLosses.length,
			tokens: knockOut.positions,
			predictions: knockOut.predictions,
			notes: [...describeNotes(this.#notes, "cut"), ...describeReading(this.#inputs.dictionaries)],
			baseLoss: total(knockOut.baseLosses) / Math.max(1, knockOut.predictions),
			ablatedLoss: total(knockOut.ablatedLosses) / Math.max(1, knockOut.predictions),
			kl: knockOut.kl / Math.max(1, knockOut.positions),
			increases: list("largest", 1),
			decreases: list("smallest", -1),
			emptyLoss: mean(losses?.of("empty")),
			circuitLoss: mean(losses?.of("circuit")),
			complementLoss: mean(complement),
			faithfulness: share(losses?.of("circuit")),
			completeness: share(complement),
			...(without.length > 0 && {
				leaveOneOut: without
					.map((name) => ({ pin: name.slice("without ".length), faithfulness: value(name) }))
					.sort((a, b) => a.faithfulness - b.faithfulness),
			}),
			...(controls.length > 0 && { controls: controls.map(value) }),
			provider: "",
			seconds: 0,
			reused: this.recorded.counts.reused,
		};
	}

	#share(knockOut: KnockOut, losses: Losses, of: readonly number[]): Figure | null {
		return measureShare(of, knockOut.baseLosses, losses.of("empty"), this.#request.seed);
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

function groupKept(pins: readonly string[], { dictionaries }: MethodInputs): KeptFeatures {
	const groups = groupPins(pins, dictionaries);
	return new Map([...groups].map(([{ siteName }, features]) => [siteName, new Set(features)]));
}
