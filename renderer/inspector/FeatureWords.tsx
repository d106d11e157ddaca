import { showToken } from "#shared/drawing/svg-text";
import type { FactOrigin, FeatureContext, FeatureFacts } from "#shared/feature-facts";
import { showDay } from "../ui/amounts.ts";
import { Histogram } from "./Histogram.tsx";
import "./inspector.css";

/** The ground of a token, as strong as the feature is active there. */
export const heat = (share: number) =>
	share <= 0.02 ? "transparent" : `color-mix(in srgb, var(--heat) ${Math.round(10 + 42 * share)}%, transparent)`;

/** Where a feature fires, how strongly, and what it does to the next token. */
export function Words({ facts }: { readonly facts: FeatureFacts }) {
	return (
		<>
			{facts.contexts.length > 0 && (
				<section>
					<h2 className="heading">
						Top contexts
						{facts.origin && <Origin origin={facts.origin} />}
					</h2>
					<ol className="contexts">
						{facts.contexts.map((context) => (
							<Context key={context.tokens.join("") + context.peak} context={context} most={facts.maxActivation} />
						))}
					</ol>
				</section>
			)}
			{facts.histogram && (
				<section>
					<h2 className="heading">
						{facts.origin ? "Activations" : "Activations over the corpus"}
						{facts.origin && <Origin origin={facts.origin} />}
					</h2>
					<Histogram counts={facts.histogram.counts} max={facts.histogram.max} />
				</section>
			)}
			<section>
				<h2 className="heading">Raises · lowers</h2>
				<Effects effects={facts.raises} sign="raise" />
				<Effects effects={facts.lowers} sign="lower" />
			</section>
		</>
	);
}

/** Whose text it was, where it was not one's own. */
function Origin({ origin }: { readonly origin: FactOrigin }) {
	return origin.kind === "neuronpedia" ? (
		<span className="faint heading-side" title={`${origin.source}, stored ${showDay(origin.at)}`}>
			Neuronpedia
		</span>
	) : (
		<span
			className="faint heading-side"
			title={`Gathered in the background on ${showDay(origin.at)} over the ${origin.sample === "bundled" ? "bundled sample" : origin.sample}`}
		>
			sample of {origin.tokens.toLocaleString("en")} tokens
		</span>
	);
}

export function Context({
	context: { tokens, activations, peak },
	most,
	as: Element = "li",
}: {
	readonly context: FeatureContext;
	readonly most: number;
	readonly as?: "li" | "div";
}) {
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
					{token.replace(/\n/g, "↵")}
				</span>
			))}
		</Element>
	);
}

function Effects({ effects, sign }: { readonly effects: FeatureFacts["raises"]; readonly sign: "raise" | "lower" }) {
	return (
		<div className="effects" role="group" aria-label={sign === "raise" ? "Tokens it raises" : "Tokens it lowers"}>
			{effects.map(({ token, effect }) => (
				<span key={token} className="effect" data-sign={sign} title={effect.toPrecision(3)}>
					{sign === "raise" ? "+" : "−"} {showToken(token)}
				</span>
			))}
		</div>
	);
}
