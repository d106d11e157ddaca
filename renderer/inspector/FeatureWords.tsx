import type { FactOrigin, FeatureFacts } from "#shared/feature-facts";
import { showDay } from "../ui/amounts.ts";
import { Context, Effects } from "../ui/FeatureRows.tsx";
import { Histogram } from "./Histogram.tsx";
import "./inspector.css";

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
