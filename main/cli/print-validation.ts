import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { asTold, effectMayBeZero, tooSmallToDivide } from "#shared/ratio";
import {
	type ComplementSubsets,
	describeTexts,
	type EdgeCurve,
	type Figure,
	type KnownAgreement,
	type PatchingAgreement,
	prunedWords,
	type Stability,
	type Steadiness,
	type ValidationReport,
	type ValidationRequest,
} from "#shared/validation";

/**
 * The report as programs read it, with every figure that is finite, whatever they are divided by. Over a corpus the numbers
 * are losses, on prompts their metric. One text has no intervals.
 */
export function buildValidationJson(report: ValidationReport): object {
	const list = (tokens: ValidationReport["increases"]) => tokens.map(({ token, effect }) => [token, effect]);
	const { leaveOneOut, curve, controls, edges, metric, effect, edgeCurve, subsets, patching, known, stability } =
		report;
	const onPrompts = metric !== undefined;
	const intervalOf: IntervalOf = (figure) => (report.sequences < 2 ? null : figure?.interval);
	const whole = report.faithfulness?.value ?? Number.NaN;
	return {
		...(onPrompts
			? { metric, base: report.baseLoss, ablated: report.ablatedLoss }
			: { base_loss: report.baseLoss, ablated_loss: report.ablatedLoss }),
		kl: report.kl,
		increases: list(report.increases),
		decreases: list(report.decreases),
		faithfulness: report.faithfulness?.value ?? null,
		completeness: report.completeness?.value ?? null,
		interval: intervalOf(report.faithfulness) ?? null,
		completeness_interval: intervalOf(report.completeness) ?? null,
		effect: effect?.value ?? null,
		effect_interval: intervalOf(effect) ?? null,
		effect_may_be_zero: effectMayBeZero(report),
		...(onPrompts
			? { empty: report.emptyLoss, circuit: report.circuitLoss, complement: report.complementLoss }
			: {
					empty_loss: report.emptyLoss,
					circuit_loss: report.circuitLoss,
					complement_loss: report.complementLoss,
				}),
		[onPrompts ? "prompts" : "sequences"]: report.sequences,
		tokens: report.tokens,
		predictions: report.predictions,
		...(leaveOneOut && {
			leave_one_out: leaveOneOut.map(({ pin, faithfulness }) => [pin, faithfulness]),
			worth: leaveOneOut.map(({ pin, faithfulness }) => [pin, whole - faithfulness]),
		}),
		...(curve && { curve: curve.map((point) => ({ ...point, interval: intervalOf(point) })) }),
		...(controls && { controls }),
		...(edges && {
			edges: {
				[onPrompts ? "measured" : "loss"]: edges.loss,
				faithfulness: edges.value ?? null,
				interval: intervalOf(edges) ?? null,
				kept: edges.kept,
				cut: edges.cut,
			},
		}),
		...(edgeCurve && { edge_curve: buildEdgeCurve(edgeCurve, intervalOf) }),
		...(subsets && { subsets: buildSubsets(subsets, intervalOf) }),
		...(patching && { patching: buildPatching(patching) }),
		...(known && { known: buildKnown(known) }),
		...(stability && { stability }),
		notes: report.notes,
		provider: report.provider,
		seconds: report.seconds,
	};
}

type IntervalOf = (figure: Partial<Figure> | null | undefined) => Figure["interval"] | null | undefined;

function buildEdgeCurve({ edges, points, cpr, cmd }: EdgeCurve, intervalOf: IntervalOf): object {
	return {
		edges,
		points: points.map(({ faithfulness, ...point }) => ({
			...point,
			faithfulness: faithfulness?.value ?? null,
			interval: intervalOf(faithfulness) ?? null,
		})),
		cpr: cpr?.value ?? null,
		cpr_interval: intervalOf(cpr) ?? null,
		cmd: cmd?.value ?? null,
		cmd_interval: intervalOf(cmd) ?? null,
	};
}

function buildSubsets({ mean, lowest, highest, ...others }: ComplementSubsets, intervalOf: IntervalOf): object {
	const end = ({ value, removed, searched, ...figure }: ComplementSubsets["lowest"]) => ({
		...{ share: value, interval: intervalOf({ value, ...figure }) ?? null, removed, searched },
	});
	return {
		...others,
		mean: mean?.value ?? null,
		mean_interval: mean?.interval ?? null,
		lowest: end(lowest),
		highest: end(highest),
	};
}

function buildPatching({ nodes, ...correlations }: PatchingAgreement): object {
	return {
		nodes: nodes.length,
		...Object.fromEntries(
			Object.entries(correlations).flatMap(([name, figure]: [string, Figure | null]) => [
				[name, figure?.value ?? null],
				[`${name}_interval`, figure?.interval ?? null],
			]),
		),
		predicted: nodes.map(({ id, predicted }) => [id, predicted]),
		exact: nodes.map(({ id, exact }) => [id, exact]),
	};
}

function buildKnown({ name, nodes, edges }: KnownAgreement): object {
	const part = ({ averagePrecision, ...others }: KnownAgreement["nodes"]) => ({
		...others,
		average_precision: averagePrecision,
	});
	return { name, nodes: part(nodes), edges: part(edges) };
}

/** The report as people read it. */
export function describeValidation(request: ValidationRequest, measured: ValidationReport): string {
	const report = asTold(measured);
	const { pins, baseline, errors } = request;
	const isSingle = report.sequences === 1;
	const withInterval = ({ value, interval }: Figure) =>
		`${value.toFixed(3)}  (95%: ${interval.map((end) => end.toFixed(3)).join(" to ")})`;
	const share = (figure: Partial<Figure> | null | undefined) => {
		if (figure?.value === undefined || !figure.interval) return `not a number: ${tooSmallToDivide}`;
		const { value, interval } = figure;
		return isSingle ? `${value.toFixed(3)}  (one text has no interval)` : withInterval({ value, interval });
	};
	const list = (tokens: ValidationReport["increases"]) =>
		tokens.map(({ token, effect }) => `${showToken(token)} ${formatNumber(effect)}`).join("   ");
	const { leaveOneOut, curve, controls, edges, edgeCurve, subsets, patching, known, stability } = report;
	const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
	return [
		`${pins.length} features ${report.metric === undefined ? "over" : "on"} ${report.metric === undefined ? `${report.sequences} sequences` : describeTexts(request, report.sequences)}, ${report.tokens} tokens`,
		report.metric === undefined
			? `loss          ${formatNumber(report.baseLoss)} → ${formatNumber(report.ablatedLoss)} nats with all of them ablated; KL ${formatNumber(report.kl)}`
			: `metric        ${formatNumber(report.baseLoss)} → ${formatNumber(report.ablatedLoss)} (${report.metric}) with all of them ablated; KL ${formatNumber(report.kl)}`,
		`gain          ${list(report.increases)}`,
		`lose          ${list(report.decreases)}`,
		`faithfulness  ${share(report.faithfulness)}`,
		`completeness  ${share(report.completeness)}`,
		`              against ${baseline}, errors ${errors === "keep" ? "kept" : "removed"}; with nothing kept the ${report.metric === undefined ? "loss" : "metric"} is ${formatNumber(report.emptyLoss)}`,
		...(edges ? [`its edges     ${share(edges)}; ${edges.kept} kept, ${edges.cut} cut`] : []),
		...(controls
			? [`random        ${mean(controls).toFixed(3)} on average of ${controls.length} random circuits`]
			: []),
		...(subsets
			? [
					...(subsets.mean
						? [
								`subsets       ${withInterval(subsets.mean)} of the effect on average, ${subsets.draws} random subsets of ${subsets.features} features outside left out`,
							]
						: []),
					`worst subsets ${subsets.lowest.value.toFixed(3)} with ${subsets.lowest.removed} left out, ${subsets.highest.value.toFixed(3)} with ${subsets.highest.removed}; of ${subsets.tried} tried`,
				]
			: []),
		...(patching ? [describePatching(patching)] : []),
		...(known ? [describeKnown(known)] : []),
		...(stability ? describeStability(stability) : []),
		...(edgeCurve ? describeEdgeCurve(edgeCurve, share) : []),
		...(curve?.map(({ size, value }) => `  ${String(size).padStart(5)} features  ${value.toFixed(3)}`) ?? []),
		...(leaveOneOut?.map(({ pin, faithfulness }) => `  without ${pin.padEnd(14)} ${faithfulness.toFixed(3)}`) ?? []),
		`${report.seconds.toFixed(1)} s on ${report.provider}`,
	].join("\n");
}

function describeEdgeCurve(
	{ edges, points, cpr, cmd }: EdgeCurve,
	share: (figure: Figure | null) => string,
): readonly string[] {
	return [
		`CPR           ${share(cpr)}: area under the faithfulness over the share of its ${edges} edges`,
		`CMD           ${share(cmd)}: area between that and 1`,
		`              ${prunedWords}`,
		...points.map(
			(point) =>
				`  ${`${Number((100 * point.share).toPrecision(1))}%`.padStart(5)} ${String(point.edges).padStart(6)} edges  ${point.faithfulness?.value.toFixed(3) ?? "not a number"}`,
		),
	];
}

function describePatching({ nodes, spearman, kendall, pearson }: PatchingAgreement): string {
	const show = (figure: Figure | null) => figure?.value.toFixed(3) ?? "not defined";
	const interval = spearman ? ` (95%: ${spearman.interval.map((end) => end.toFixed(3)).join(" to ")})` : "";
	return `patching      of ${nodes.length} nodes ranks with their attributions by ${show(spearman)}${interval} (Spearman), ${show(kendall)} (Kendall), ${show(pearson)} (Pearson)`;
}

function describeKnown({ name, nodes, edges }: KnownAgreement): string {
	const part = (what: string, { known, others, missing, auroc, averagePrecision }: KnownAgreement["nodes"]) =>
		`${known - missing} of ${known} ${what}, among ${(known + others).toLocaleString("en")} that could be: AUROC ${auroc?.toFixed(3) ?? "not defined"}, average precision ${averagePrecision?.toFixed(3) ?? "not defined"}`;
	return `known         ${name}: ${[part("features", nodes), ...(edges.known > 0 ? [part("edges", edges)] : [])].join("; ")}`;
}

function describeStability({ prompts, draws, skipped = 0, similar, resampled }: Stability): readonly string[] {
	const show = (figure: Figure | null) =>
		figure
			? `${figure.value.toFixed(3)} (${figure.interval.map((end) => end.toFixed(3)).join(" to ")})`
			: "not defined";
	const rank = ({ rank, shared }: Steadiness) =>
		`${show(rank)}${shared === undefined ? "" : ` of the ${Number(shared.toFixed(1))} in both`}`;
	const line = ({ nodes, edges }: { nodes: Steadiness; edges: Steadiness }) =>
		`features ${show(nodes.jaccard)}, edges ${show(edges.jaccard)}; ranks ${rank(nodes)}, ${rank(edges)}`;
	return [
		`comes back    on each of ${prompts} prompts${skipped > 0 ? ` (no feature has an effect on ${skipped} of them, where nothing comes back)` : ""}: ${line(similar)}`,
		`              when prompts are drawn again, ${draws} times: ${line(resampled)}`,
	];
}
