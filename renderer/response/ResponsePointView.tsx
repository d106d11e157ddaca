import { formatNumber, showToken } from "#shared/drawing/svg-text";
import type { ResponsePoint } from "#shared/response";

interface ResponsePointViewProps {
	/** Of the feature's part of its site. */
	readonly coefficient: number;
	/** What is plotted: its name, its value there, and its value with the feature as it is. */
	readonly what: string;
	readonly value: number;
	readonly usual: number;
	readonly positions: readonly number[];
	readonly point: ResponsePoint;
}

/** One point of a curve in words, and what the next token becomes there. */
export function ResponsePointView({ coefficient, what, value, usual, positions, point }: ResponsePointViewProps) {
	return (
		<>
			<p className="response-value">
				<strong>{describe(coefficient)}</strong>: {showToken(what)} {formatNumber(usual)} →{" "}
				<span className="mono">{formatNumber(value)}</span>{" "}
				<span className="faint">
					({value >= usual ? "+" : "−"}
					{formatNumber(Math.abs(value - usual))}), at {positions.length === 1 ? "position" : "positions"}{" "}
					{positions.join(", ")}
				</span>
			</p>
			<div className="response-tokens">
				<Changes title="Become likelier" changes={point.gains} />
				<Changes title="Become less likely" changes={point.losses} />
			</div>
		</>
	);
}

const describe = (coefficient: number) =>
	coefficient === 0 ? "Ablated" : coefficient === 1 ? "As it is" : `Scaled by ${coefficient}`;

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
