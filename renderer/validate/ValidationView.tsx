import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { describeTexts, type Figure, type ValidationReport, type ValidationRequest } from "#shared/validation";
import { LinePlot } from "../ui/LinePlot.tsx";

/** A validation as it is so far: figures, tokens, plots. */
export function ValidationView({
	report,
	request,
}: {
	readonly report: ValidationReport;
	readonly request: ValidationRequest;
}) {
	const { leaveOneOut, curve, controls, edges } = report;
	const change = report.ablatedLoss - report.baseLoss;
	return (
		<>
			<dl className="figures">
				<Item
					name="Loss, all of them ablated"
					hint="Mean nats a prediction; the model as it is → with all pinned features ablated at once"
					value={`${formatNumber(report.baseLoss)} → ${formatNumber(report.ablatedLoss)}`}
					note={`${change >= 0 ? "+" : "−"}${formatNumber(Math.abs(change))} nats`}
				/>
				<Item
					name="KL divergence"
					hint="KL(base ‖ ablated), mean over all positions"
					value={formatNumber(report.kl)}
					note="nats a position"
				/>
				<Share
					name="Faithfulness"
					hint="(loss with only the circuit − loss with nothing) / (whole model − nothing)"
					figure={report.faithfulness}
				/>
				<Share
					name="Completeness"
					hint="The same with the circuit left out instead: near 0 where nothing outside does its work"
					figure={report.completeness}
				/>
				{edges && (
					<Share
						name="With its edges only"
						hint={`${edges.kept} edges of the circuit kept, ${edges.cut} others between its features cut`}
						figure={
							edges.value !== undefined && edges.interval ? { value: edges.value, interval: edges.interval } : null
						}
					/>
				)}
			</dl>
			<div className="bench-pair">
				<Tokens title="Gain when ablated" changes={report.increases} sign="raise" />
				<Tokens title="Lose when ablated" changes={report.decreases} sign="lower" />
			</div>
			{curve && curve.length > 1 && (
				<section>
					<h3 className="heading">Faithfulness over size</h3>
					<LinePlot
						label="Faithfulness over circuit size"
						xName="features"
						series={[
							{
								name: "faithfulness",
								points: curve.map(({ size, value, interval }) => ({ x: size, y: value, interval })),
							},
						]}
						levels={
							controls && controls.length > 0
								? [{ name: `random circuits ${formatNumber(mean(controls))}`, y: mean(controls) }]
								: []
						}
						include={[0]}
					/>
				</section>
			)}
			{controls && controls.length > 0 && !curve && (
				<p className="muted">
					{controls.length} random circuits of the same size: faithfulness {formatNumber(mean(controls))} on average.
				</p>
			)}
			{leaveOneOut && leaveOneOut.length > 0 && (
				<Worth leaveOneOut={leaveOneOut} whole={report.faithfulness?.value ?? 0} />
			)}
			<p className="field-hint">
				{report.sequences} sequences, {report.tokens.toLocaleString("en")} tokens; baseline {request.baseline}, errors{" "}
				{request.errors === "keep" ? "kept" : "removed"}; {describeTexts(request, report.sequences)}
				{report.seconds > 0 && `; ${report.seconds.toFixed(1)} s on ${report.provider}`}
				{report.notes.length > 0 && ` · ${report.notes.join(" ")}`}
			</p>
		</>
	);
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function Item(props: { readonly name: string; readonly hint: string; readonly value: string; readonly note?: string }) {
	return (
		<div title={props.hint}>
			<dt>{props.name}</dt>
			<dd>{props.value}</dd>
			{props.note !== undefined && <span className="faint">{props.note}</span>}
		</div>
	);
}

function Share({
	name,
	hint,
	figure,
}: {
	readonly name: string;
	readonly hint: string;
	readonly figure: Figure | null;
}) {
	return (
		<Item
			name={name}
			hint={hint}
			value={figure ? figure.value.toFixed(3) : "–"}
			note={figure ? `95%: ${figure.interval.map((end) => end.toFixed(2)).join(" to ")}` : "comes with the second pass"}
		/>
	);
}

function Tokens({
	title,
	changes,
	sign,
}: {
	readonly title: string;
	readonly changes: ValidationReport["increases"];
	readonly sign: "raise" | "lower";
}) {
	const most = Math.max(...changes.map(({ effect }) => Math.abs(effect)), 1e-12);
	return (
		<section>
			<h3 className="heading">{title}</h3>
			<div className="bars-list">
				{changes.map(({ token, effect }) => (
					<div key={token} style={{ display: "contents" }}>
						<span className="token">{showToken(token)}</span>
						<span className="bar" data-sign={sign} style={{ width: `${(100 * Math.abs(effect)) / most}%` }} />
						<span className="mono" title="Mean change of its probability at a position">
							{sign === "raise" ? "+" : "−"}
							{(100 * Math.abs(effect)).toPrecision(2)}%
						</span>
					</div>
				))}
				{changes.length === 0 && <span className="faint">None.</span>}
			</div>
		</section>
	);
}

/** How much faithfulness falls without each feature. */
function Worth({
	leaveOneOut,
	whole,
}: {
	readonly leaveOneOut: NonNullable<ValidationReport["leaveOneOut"]>;
	readonly whole: number;
}) {
	const most = Math.max(...leaveOneOut.map(({ faithfulness }) => Math.abs(whole - faithfulness)), 1e-12);
	return (
		<section>
			<h3 className="heading">What each feature is worth</h3>
			<div className="bars-list" data-worth>
				{leaveOneOut.map(({ pin, faithfulness }) => (
					<div key={pin} style={{ display: "contents" }}>
						<span className="mono">{pin}</span>
						<span
							className="bar"
							data-sign={whole >= faithfulness ? "raise" : "lower"}
							style={{ width: `${(100 * Math.abs(whole - faithfulness)) / most}%` }}
						/>
						<span className="mono" title="Faithfulness with it − without it">
							{whole >= faithfulness ? "+" : "−"}
							{formatNumber(Math.abs(whole - faithfulness))}
						</span>
					</div>
				))}
			</div>
		</section>
	);
}
