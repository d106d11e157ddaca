import { formatNumber } from "#shared/drawing/svg-text";
import { asTold, mayBeZero, tooSmallToDivide } from "#shared/ratio";
import type { ReportTable } from "#shared/report";
import { describeTexts, type Figure } from "#shared/validation";
import type { ReportValidation } from "./report-source.ts";

const share = (value: number) => value.toFixed(2).replace("-", "−");
const showInterval = ([low, high]: Figure["interval"], show: (value: number) => string) =>
	`[${show(low)}, ${show(high)}]`;

/** What a validation ran on and how, in a sentence. */
export function describeRun({ request, report, at }: ReportValidation): string {
	const errors = request.errors === "keep" ? "errors kept" : "errors removed";
	const measured = report.metric === undefined ? "next-token loss" : report.metric;
	return `Over ${describeTexts(request, report.sequences)} (${report.tokens.toLocaleString("en")} tokens), measured by ${measured}; ${request.pins.length} features, baseline ${request.baseline}, ${errors}; ${new Date(at).toISOString().slice(0, 10)}.`;
}

/** Every figure of a validation with its 95% interval. */
export function tabulate({ request, report: measured }: ReportValidation): ReportTable {
	const report = asTold(measured);
	// Resampling one text gives that text.
	const hasIntervals = report.sequences > 1;
	const rows: string[][] = [];
	const add = (name: string, figure: Figure | null | undefined, show = share, words = tooSmallToDivide) => {
		if (figure === undefined) return;
		if (figure === null) rows.push([name, words, ""]);
		else rows.push([name, show(figure.value), hasIntervals ? showInterval(figure.interval, show) : "one text, none"]);
	};
	const plain = (name: string, value: string) => rows.push([name, value, ""]);
	const { effect, edges, edgeCurve, subsets, patching, known, stability, controls = [], leaveOneOut = [] } = report;
	add("Effect that shares are of", effect, formatNumber);
	add("Faithfulness: the circuit alone", report.faithfulness);
	add("Left without the circuit", report.completeness);
	if (controls.length > 0)
		plain(
			`${controls.length} random circuits of the same size`,
			`${share(controls.reduce((sum, one) => sum + one, 0) / controls.length)} on average, ${share(Math.max(...controls))} at most`,
		);
	if (edges)
		add(
			`With its own ${edges.kept.toLocaleString("en")} edges alone`,
			edges.value === undefined || edges.interval === undefined
				? null
				: { value: edges.value, interval: edges.interval },
		);
	if (edgeCurve) {
		add("CPR: area under faithfulness over edges", edgeCurve.cpr);
		add("CMD: area between it and 1", edgeCurve.cmd);
	}
	if (subsets) {
		add(`${subsets.draws} random subsets of what is outside left out, on average`, subsets.mean);
		add("The worst subset that was found", subsets.lowest);
		add("The most flattering subset", subsets.highest);
	}
	if (patching) {
		const none = "does not vary";
		add(`Attribution against patching, ${patching.nodes.length} nodes: Spearman`, patching.spearman, share, none);
		add("Kendall", patching.kendall, share, none);
		add("Pearson", patching.pearson, share, none);
	}
	if (known)
		for (const [name, found] of [
			["features", known.nodes],
			["edges", known.edges],
		] as const)
			plain(
				`${known.name}, ${name}: AUROC, average precision`,
				[found.auroc, found.averagePrecision].map((one) => (one === null ? "—" : share(one))).join(", "),
			);
	if (stability)
		for (const [what, { nodes, edges: lines }] of [
			[`${stability.prompts} prompts traced anew`, stability.similar],
			[`${stability.draws} draws of them`, stability.resampled],
		] as const)
			for (const [kind, { jaccard, rank }] of [
				["features", nodes],
				["edges", lines],
			] as const) {
				add(`Stability over ${what}, ${kind}: overlap (Jaccard)`, jaccard);
				add("Rank correlation of what both have", rank, share, "too few in common");
			}
	for (const { size, ...figure } of report.curve ?? []) add(`Faithfulness of the ${size} strongest features`, figure);
	if (leaveOneOut.length > 0)
		plain("Features without which it falls", `${countNeeded(report)} of ${leaveOneOut.length}`);
	plain(
		report.metric === undefined ? "Loss, and with the circuit ablated" : "Measured, and with the circuit ablated",
		`${formatNumber(report.baseLoss)}, ${formatNumber(report.ablatedLoss)}`,
	);
	plain("KL(base ‖ ablated), nats", formatNumber(report.kl));
	plain("Seed of random circuits and intervals", String(request.seed));
	return {
		kind: "table",
		columns: [{ name: "Figure" }, { name: "Value", isNumber: true }, { name: "95% interval", isNumber: true }],
		rows,
	};
}

function countNeeded({ leaveOneOut = [], faithfulness }: ReportValidation["report"]): number {
	return leaveOneOut.filter((one) => faithfulness && one.faithfulness < faithfulness.value - 0.005).length;
}

/** What this validation shows against the circuit, in sentences. */
export function* listDoubts(validation: ReportValidation): Generator<string> {
	const { request } = validation;
	const report = asTold(validation.report);
	const { faithfulness, completeness, controls = [], leaveOneOut = [], subsets, patching, edges } = report;
	const where = describeTexts(request, report.sequences);
	const within = ({ interval }: Figure) => (report.sequences > 1 ? ` ${showInterval(interval, share)}` : "");
	if (!faithfulness) yield `Over ${where}: ${tooSmallToDivide}, so that nothing can be said of faithfulness.`;
	else {
		const said = `${share(faithfulness.value)}${within(faithfulness)}`;
		if (report.sequences > 1 && mayBeZero(faithfulness.interval))
			yield `Over ${where} the circuit’s faithfulness may be zero: ${said}.`;
		else if (faithfulness.value < 0.5) yield `Over ${where} the circuit alone does less than half: ${said}.`;
		const rivals = controls.filter((one) => one >= faithfulness.value);
		if (rivals.length > 0)
			yield `Over ${where} ${rivals.length} of ${controls.length} random circuits of the same size do as well (faithfulness ${share(Math.max(...rivals))} at most).`;
		if (leaveOneOut.length > 0 && countNeeded(report) < leaveOneOut.length)
			yield `Over ${where} ${leaveOneOut.length - countNeeded(report)} of ${leaveOneOut.length} features are not needed: without any one of them the circuit does as much.`;
		if (edges?.value !== undefined && edges.value < faithfulness.value - 0.1)
			yield `Over ${where} its edges alone do less than its features: ${share(edges.value)} with all other edges between them cut, against ${share(faithfulness.value)}.`;
	}
	if (completeness && completeness.value > 0.2)
		yield `Over ${where} ${share(completeness.value)} of the effect is left without the circuit: something else does it too.`;
	if (subsets && subsets.lowest.value < 0.8)
		yield `Over ${where} leaving out ${subsets.lowest.removed.toLocaleString("en")} features outside the circuit takes away ${share(1 - subsets.lowest.value)} of the effect: the circuit needs them.`;
	const back = report.stability?.similar.nodes.jaccard;
	if (back && back.value < 0.5)
		yield `On similar prompts less than half of the circuit comes back: overlap of features ${share(back.value)}${within(back)}.`;
	const rank = patching?.spearman;
	if (rank && (rank.value < 0.5 || mayBeZero(rank.interval)))
		yield `Attributions rank the patched nodes poorly: Spearman ${share(rank.value)} ${showInterval(rank.interval, share)}.`;
}
