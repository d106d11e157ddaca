import { AppError } from "#shared/errors";
import { compareWithKnown } from "#shared/known-agreement";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { chooseProvider } from "../onnx/providers.ts";
import { measureSubsets } from "./complement-subsets.ts";
import { measureEdgeCurve } from "./edge-curve.ts";
import { EdgeLoss, EdgeSet } from "./edge-loss.ts";
import { measurePatching } from "./exact-patching.ts";
import type { TraceContext } from "./gradient.ts";
import { KnockOut } from "./knock-out.ts";
import { listCandidates } from "./known-candidates.ts";
import { groupPins, loadMethodInputs } from "./method-inputs.ts";
import { measureRetraces } from "./retraces.ts";
import { SplicedLoss } from "./spliced-loss.ts";
import { Losses, type Scale, spreadSizes } from "./validation-figures.ts";
import { describeReport, scaleOf } from "./validation-report.ts";
import { ValidationRun } from "./validation-run.ts";
import { readValidationTexts } from "./validation-texts.ts";
import { keepOnly, listPins, listVariants } from "./validation-variants.ts";

/**
 * What a set of features does on prompts or over a corpus (algorithms, section 5): all of them knocked out at once, and
 * how faithful and how complete the circuit is that they make, with intervals over texts and random circuits to compare
 * with; further scores where they are asked for. Each text's numbers are pieces that a resumed run finds.
 */
export async function validateCircuit(request: ValidationRequest, context: TraceContext): Promise<ValidationReport> {
	const began = performance.now();
	const inputs = loadMethodInputs(request, []);
	const pinned = groupPins(request.pins, inputs.dictionaries);
	if (pinned.size === 0)
		throw new AppError("usage", "There is nothing to validate. Pin the features that make up the circuit.");
	const { provider } = await chooseProvider(request.provider);
	const read = await readValidationTexts(request, inputs);
	if (request.stability && read.cases.length < 2)
		throw new AppError(
			"usage",
			"How stable a circuit is shows on several prompts, and there is one. Give similar ones with --prompts.",
		);
	const passes = countPasses(request);
	const run = new ValidationRun({ request, context, inputs, pinned, read, passes, session: { provider } });
	const report = await validate(run);
	const { reused } = run.recorded.counts;
	return { ...report, reused, provider, seconds: (performance.now() - began) / 1000 };
}

/** Of all texts; the subsets take a gradient and a measurement four times, and one for those that are drawn. */
function countPasses({ baseline, curve, edges, edgeCurve, subsets, stability }: ValidationRequest): number {
	const asked = [baseline !== "zero", curve > 0, edges, edgeCurve, stability];
	return 2 + asked.filter(Boolean).length + (subsets === undefined ? 0 : 8);
}

async function validate(run: ValidationRun): Promise<ValidationReport> {
	const { request, read } = run;
	await run.loadBaselines();
	const knockOut = await KnockOut.load(run.inputs.model, run.pinned, read.measure, run.session);
	try {
		for (const text of read.texts) {
			await knockOut.add(text);
			await run.step("Knocking out", describe(run, knockOut));
		}
	} finally {
		await knockOut.dispose();
	}
	const spliced = await SplicedLoss.load(run.splicing);
	try {
		const main = await measureMain(run, spliced, knockOut);
		let { report } = main;
		if (request.curve > 0) report = { ...report, curve: await measureCurve(run, spliced, main) };
		if (request.subsets !== undefined)
			report = main.scale.isDefined
				? { ...report, subsets: await measureSubsets(run, spliced, main.scale, request.subsets) }
				: withNote(report, nothingToLeaveOut);
		if (request.edges) report = { ...report, edges: await cutEdges(run, request.edges, main) };
		if (request.edgeCurve)
			report = { ...report, edgeCurve: await measureEdgeCurve(run, request.edgeCurve, main.scale) };
		if (request.patching) {
			report = { ...report, patching: await measurePatching(run, request.patching) };
			await run.step("Patching nodes", report);
		}
		if (request.stability) {
			const stability = await measureRetraces(run, request.stability);
			report = stability ? { ...report, stability } : withNote(report, nothingToCompare);
		}
		if (request.known) {
			const { dictionaries, model } = run.inputs;
			const candidates = listCandidates(dictionaries, model.config.layers);
			report = { ...report, known: compareWithKnown(request.known, candidates) };
		}
		return report;
	} finally {
		await spliced.dispose();
	}
}

const nothingToCompare =
	"On none of these prompts does any feature have an effect on the metric, so nothing is said of how stable the circuit is. Choose others.";
const nothingToLeaveOut = "All features together have no effect at all, so no subsets of them were left out.";

const withNote = (report: ValidationReport, note: string): ValidationReport => ({
	...report,
	notes: [...report.notes, note],
});

/** The report so far, and between which numbers shares are measured. */
interface Main {
	readonly report: ValidationReport;
	readonly scale: Scale;
}

function describe({ request, inputs, read, recorded }: ValidationRun, knockOut: KnockOut, losses?: Losses) {
	return { ...describeReport(request, inputs, read, knockOut, losses), reused: recorded.counts.reused };
}

async function measureMain(run: ValidationRun, spliced: SplicedLoss, knockOut: KnockOut): Promise<Main> {
	const variants = listVariants(run.request, run.inputs, run.pinned);
	const rows = await run.measureSets(spliced, variants, (sofar) =>
		describe(run, knockOut, new Losses(variants, sofar)),
	);
	const losses = new Losses(variants, rows);
	return { report: describe(run, knockOut, losses), scale: scaleOf(run.request, knockOut, losses) };
}

/** The circuit grown feature by feature, most needed first where that is known. */
async function measureCurve(
	run: ValidationRun,
	spliced: SplicedLoss,
	{ report, scale }: Main,
): Promise<NonNullable<ValidationReport["curve"]>> {
	const order = report.leaveOneOut?.map(({ pin }) => pin) ?? listPins(run.pinned);
	const sizes = spreadSizes(order.length, run.request.curve);
	const grown = {
		names: sizes.map(String),
		sets: sizes.map((size) => keepOnly(order.slice(0, size), run.inputs)),
	};
	const points = new Losses(grown, await run.measureSets(spliced, grown, () => report));
	return sizes.flatMap((size) => {
		const figure = scale.figureOf(points.of(String(size)));
		return figure ? [{ size, ...figure }] : [];
	});
}

/** The circuit with no edges but its own. */
async function cutEdges(
	run: ValidationRun,
	edges: NonNullable<ValidationRequest["edges"]>,
	{ report, scale }: Main,
): Promise<NonNullable<ValidationReport["edges"]>> {
	const { dictionaries, model } = run.inputs;
	const { baseline, errors } = run.request;
	const cut = await EdgeLoss.load({
		...{ model, dictionaries, pinned: run.pinned, baseline, errors },
		measure: run.read.measure,
		session: run.session,
	});
	try {
		const own = cut.cutAllBut(new EdgeSet(edges));
		const losses: number[] = [];
		for (const [index, text] of run.read.texts.entries()) {
			await run.pause();
			losses.push(await cut.run(text, own, run.baselinesOf(index)));
			await run.step("Cutting edges", report);
		}
		const total = losses.reduce((sum, loss) => sum + loss, 0);
		return {
			...scale.figureOf(losses),
			loss: total / Math.max(1, report.predictions),
			kept: own.kept,
			cut: own.cut,
		};
	} finally {
		await cut.dispose();
	}
}
