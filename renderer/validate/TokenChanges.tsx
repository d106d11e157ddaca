import { showToken } from "#shared/drawing/svg-text";
import type { ValidationReport } from "#shared/validation";

/** Tokens that become likelier and unlikelier when the circuit's features are ablated. */
export function TokenChanges({ report }: { readonly report: ValidationReport }) {
	return (
		<div className="bench-pair">
			<Tokens title="Gain when ablated" changes={report.increases} sign="raise" />
			<Tokens title="Lose when ablated" changes={report.decreases} sign="lower" />
		</div>
	);
}

interface TokensProps {
	readonly title: string;
	readonly changes: ValidationReport["increases"];
	readonly sign: "raise" | "lower";
}

function Tokens({ title, changes, sign }: TokensProps) {
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
				{changes.length === 0 && <span className="faint">No token does.</span>}
			</div>
		</section>
	);
}
