import { useEffect, useState } from "react";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import type { ResponsePoint, ResponseResult } from "#shared/response";
import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { useDocument } from "../document/document-store.ts";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import "./response.css";

const coefficients = [-1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/** How the model answers when one feature is ablated or scaled on the circuit's prompt. */
export function ResponseDialog() {
	const name = useDocument((state) => state.name);
	const node = useWorkspace((state) => state.subject) ?? "";
	const [response, setResponse] = useState<ResponseResult>();
	const [problem, setProblem] = useState<string>();
	const [chosen, setChosen] = useState(0);
	useEffect(() => {
		if (name === null) return;
		const controller = new AbortController();
		client
			.call(
				"features.respond",
				{ name, nodes: [node], together: false, coefficients, watch: [], watchTokens: [] },
				{ signal: controller.signal },
			)
			.then(setResponse)
			.catch((error: Error) => !controller.signal.aborted && setProblem(error.message));
		return () => controller.abort();
	}, [name, node]);
	const point = response?.curves[0]?.points.find(({ coefficient }) => coefficient === chosen);
	const usual = response?.curves[0]?.points.find(({ coefficient }) => coefficient === 1);
	return (
		<DialogFrame
			title={`Response to ${node}`}
			lead="The feature's part of its site is scaled on the circuit's prompt: 0 ablates it, 1 leaves it as it is. What the dictionary misses stays. Press a point for the next token there."
			width={720}
			onClose={closeDialog}
		>
			{problem !== undefined && (
				<p className="field-error" role="alert">
					{problem}
				</p>
			)}
			{!response && problem === undefined && (
				<p className="muted">Running the model; it waits for a trace that runs.</p>
			)}
			{response && (
				<>
					<Curve response={response} chosen={chosen} onChoose={setChosen} />
					{point && usual && (
						<>
							<p className="response-value">
								<strong>{describe(chosen)}</strong>: {response.metric} {formatNumber(usual.value)} →{" "}
								<span className="mono">{formatNumber(point.value)}</span>{" "}
								<span className="faint">
									({point.value >= usual.value ? "+" : "−"}
									{formatNumber(Math.abs(point.value - usual.value))}), at{" "}
									{response.curves[0]?.positions.length === 1 ? "position" : "positions"}{" "}
									{response.curves[0]?.positions.join(", ")}
								</span>
							</p>
							<div className="response-tokens">
								<Changes title="Become likelier" changes={point.gains} />
								<Changes title="Become less likely" changes={point.losses} />
							</div>
						</>
					)}
				</>
			)}
		</DialogFrame>
	);
}

const describe = (coefficient: number) =>
	coefficient === 0 ? "Ablated" : coefficient === 1 ? "As it is" : `Scaled by ${coefficient}`;

const width = 640;
const height = 220;
const [left, right, top, bottom] = [64, 16, 14, 34];

function Curve({
	response,
	chosen,
	onChoose,
}: {
	readonly response: ResponseResult;
	readonly chosen: number;
	onChoose(coefficient: number): void;
}) {
	const values = (response.curves[0]?.points ?? []).map(({ value }) => value);
	const [least, most] = [Math.min(...values), Math.max(...values)];
	const span = most - least || 1;
	const first = coefficients[0] ?? 0;
	const last = coefficients.at(-1) ?? 1;
	const x = (coefficient: number) => left + ((coefficient - first) / (last - first)) * (width - left - right);
	const y = (value: number) => top + (1 - (value - least) / span) * (height - top - bottom);
	const path = (response.curves[0]?.points ?? [])
		.map(({ coefficient, value }, i) => `${i === 0 ? "M" : "L"}${x(coefficient)} ${y(value)}`)
		.join("");
	return (
		<div className="response-plot">
			<svg
				viewBox={`0 0 ${width} ${height}`}
				role="img"
				aria-label={`${response.metric} from ${formatNumber(least)} to ${formatNumber(most)} over the feature's scale`}
			>
				{[least, least + span / 2, most].map((value) => (
					<g key={value}>
						<path d={`M${left} ${y(value)}H${width - right}`} stroke="var(--line)" />
						<text x={left - 8} y={y(value) + 4} textAnchor="end" className="axis">
							{formatNumber(value)}
						</text>
					</g>
				))}
				{[0, 1].map((coefficient) => (
					<path
						key={coefficient}
						d={`M${x(coefficient)} ${top}V${height - bottom}`}
						stroke="var(--line-strong)"
						strokeDasharray="3 4"
					/>
				))}
				<path d={path} fill="none" stroke="var(--accent)" strokeWidth={2} />
				{coefficients.map((coefficient) => (
					<text key={coefficient} x={x(coefficient)} y={height - 14} textAnchor="middle" className="axis">
						{coefficient}
					</text>
				))}
			</svg>
			{(response.curves[0]?.points ?? []).map(({ coefficient, value }) => (
				<button
					key={coefficient}
					type="button"
					className="response-point"
					aria-pressed={coefficient === chosen}
					aria-label={`${describe(coefficient)}: ${formatNumber(value)}`}
					style={{ left: `${(100 * x(coefficient)) / width}%`, top: `${(100 * y(value)) / height}%` }}
					onClick={() => onChoose(coefficient)}
				/>
			))}
		</div>
	);
}

function Changes({ title, changes }: { readonly title: string; readonly changes: ResponsePoint["gains"] }) {
	const percent = (share: number) => `${(100 * share).toPrecision(2)}%`;
	return (
		<section>
			<h3 className="heading">{title}</h3>
			<ul className="rows">
				{changes.length === 0 && <li className="faint">None.</li>}
				{changes.map(({ token, before, after }) => (
					<li key={token}>
						<span className="token">{showToken(token)}</span>
						<span className="mono">
							{percent(before)} → {percent(after)}
						</span>
					</li>
				))}
			</ul>
		</section>
	);
}
