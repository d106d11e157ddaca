import { showToken } from "#shared/drawing/svg-text";
import { type FeatureContext, type FeatureFacts, tellingEffects } from "#shared/feature-facts";
import { readTokens } from "#shared/token-characters";
import "./feature-rows.css";

/** The ground of a token, as strong as the feature is active there. */
export const heat = (share: number) =>
	share <= 0.02 ? "transparent" : `color-mix(in srgb, var(--heat) ${Math.round(10 + 42 * share)}%, transparent)`;

/** A context in one row, each token on a ground as strong as the feature is active there. */
export function Context({
	context: { tokens, activations, peak },
	most,
	as: Element = "li",
}: {
	readonly context: FeatureContext;
	readonly most: number;
	readonly as?: "li" | "div";
}) {
	const read = readTokens(tokens);
	return (
		<Element
			className="context"
			title={`${(activations[peak] ?? 0).toPrecision(3)} at ${JSON.stringify(tokens[peak])}`}
		>
			{tokens.map((token, i) => (
				<span
					// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their positions.
					key={i}
					className="heat-token"
					style={{ background: heat(Math.abs(activations[i] ?? 0) / Math.max(Math.abs(most), 1e-9)) }}
				>
					{(read[i]?.inline ?? token).replace(/\n/g, "↵")}
				</span>
			))}
		</Element>
	);
}

/** Tokens that a feature raises or lowers, the strongest first. */
export function Effects({
	effects,
	sign,
}: {
	readonly effects: FeatureFacts["raises"];
	readonly sign: "raise" | "lower";
}) {
	return (
		<div className="effects" role="group" aria-label={sign === "raise" ? "Tokens it raises" : "Tokens it lowers"}>
			{tellingEffects(effects, sign === "raise" ? "raises" : "lowers").map(({ token, effect }) => (
				<span key={token} className="effect" data-sign={sign} title={effect.toPrecision(3)}>
					{sign === "raise" ? "+" : "−"} {showToken(token)}
				</span>
			))}
		</div>
	);
}
