import { showToken } from "#shared/drawing/svg-text";
import type { SteeringStep } from "#shared/steering";
import { readTokens } from "#shared/token-characters";

interface SteeredTextsProps {
	readonly prompt: string;
	readonly steps: readonly SteeringStep[];
	readonly notes: readonly string[];
}

/** The steered text beside the unsteered one, and what is likelier and less likely at each step. */
export function SteeredTexts({ prompt, steps, notes }: SteeredTextsProps) {
	return (
		<>
			<div className="bench-pair" aria-live="polite">
				<Text title="Steered" prompt={prompt} steps={steps} which="steered" />
				<Text title="Unsteered" prompt={prompt} steps={steps} which="plain" />
			</div>
			{notes.map((note) => (
				<p key={note} className="field-hint">
					{note}
				</p>
			))}
			<Steps steps={steps} />
		</>
	);
}

/** A token that the other text has not at this place stands out. */
function Text({
	title,
	prompt,
	steps,
	which,
}: {
	readonly title: string;
	readonly prompt: string;
	readonly steps: readonly SteeringStep[];
	readonly which: "steered" | "plain";
}) {
	const read = readTokens(steps.map((step) => step[which]?.token ?? ""));
	return (
		<section>
			<h3 className="heading">{title}</h3>
			<p className="steer-text" data-text={which}>
				<span className="faint">{prompt}</span>
				{steps.map((step, i) => (
					<span
						// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their places.
						key={i}
						data-other={step.steered?.id !== step.plain?.id || undefined}
						title={step[which] ? `${(100 * step[which].probability).toPrecision(3)}%` : ""}
					>
						{read[i]?.inline}
					</span>
				))}
			</p>
		</section>
	);
}

function Steps({ steps }: { readonly steps: readonly SteeringStep[] }) {
	const written = readTokens(steps.map(({ steered }) => steered?.token ?? ""));
	const list = (tokens: SteeringStep["boosted"], sign: "raise" | "lower") =>
		tokens.map(({ token, before, after }) => (
			<span
				key={token}
				className="effect"
				data-sign={sign}
				title={`${(100 * before).toPrecision(2)}% → ${(100 * after).toPrecision(2)}%`}
			>
				{sign === "raise" ? "+" : "−"} {showToken(token)}
			</span>
		));
	return (
		<table className="data-table">
			<thead>
				<tr>
					<th scope="col">Step</th>
					<th scope="col">Steered</th>
					<th scope="col">Boosted</th>
					<th scope="col">Suppressed</th>
				</tr>
			</thead>
			<tbody>
				{steps.map(({ boosted, suppressed }, i) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: steps are their places.
					<tr key={i}>
						<td className="number">{i + 1}</td>
						<td>
							<span className="token">{showToken(written[i]?.alone ?? "")}</span>
						</td>
						<td>{list(boosted, "raise")}</td>
						<td>{list(suppressed, "lower")}</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
