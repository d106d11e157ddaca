import { Pin } from "lucide-react";
import type { FeatureInspection } from "#shared/contract/results";
import { describeLargest } from "#shared/describe-largest";
import { formatNumber } from "#shared/drawing/svg-text";
import { neuronpediaUrl } from "#shared/published";
import { pinFeatures } from "../document/commands.ts";
import { useDocument } from "../document/document-store.ts";
import { Words } from "../inspector/FeatureWords.tsx";
import { PublishedSection } from "../labels/PublishedSection.tsx";
import { IconButton } from "../ui/Button.tsx";
import { showToast } from "../ui/toast-store.ts";
import { useFeature } from "./feature-queries.ts";

/** One feature: where it fires, what it raises, and what fires with it. */
export function FeatureDetail({
	dictionary,
	site,
	feature,
	gathered,
	onChoose,
}: {
	readonly dictionary: string;
	readonly site: string;
	readonly feature: number;
	/** The newest gathering. */
	readonly gathered: string | null;
	onChoose(feature: number): void;
}) {
	const found = useFeature(dictionary, feature, gathered);
	const open = useDocument((state) => state.name !== null);
	if (!found) return <p className="faint">Reading …</p>;
	const id = `${site}.${feature}`;
	const pin = () => {
		pinFeatures([id]);
		showToast({ severity: "success", message: `${id} is on the pin tray.` });
	};
	return (
		<div className="inspector" data-feature={id}>
			<section>
				<div className="field-row">
					<h2 className="mono">{id}</h2>
					{open && (
						<IconButton label={`Pin ${id}`} onClick={pin}>
							<Pin />
						</IconButton>
					)}
				</div>
				<p className="faint">
					{found.facts.frequency > 0
						? `Fires on ${(100 * found.facts.frequency).toPrecision(2)}% of tokens, ${describeLargest(found.facts.maxActivation)}`
						: "Not seen active"}
					{found.threshold !== null &&
						` · ${found.facts.maxActivation < 0 ? "in size above" : "above"} ${formatNumber(found.threshold)} on 0.01% of them`}
				</p>
			</section>
			{found.published && found.published.explanations.length > 0 && (
				<PublishedSection
					id={id}
					published={found.published}
					circuit={null}
					page={`${neuronpediaUrl}/${found.published.source}/${feature}`}
				/>
			)}
			<Words facts={found.facts} />
			<CoFiring site={site} features={found.coFiring} onChoose={onChoose} />
		</div>
	);
}

function CoFiring({
	site,
	features,
	onChoose,
}: {
	readonly site: string;
	readonly features: FeatureInspection["coFiring"];
	onChoose(feature: number): void;
}) {
	if (features.length === 0) return null;
	return (
		<section>
			<h2 className="heading">Fires together with</h2>
			<ul className="rows">
				{features.map(({ feature, count, overlap }) => (
					<li key={feature}>
						<button type="button" className="link mono" onClick={() => onChoose(feature)}>
							{site}.{feature}
						</button>
						<span className="faint" title={`${count} tokens`}>
							{(100 * overlap).toFixed(0)}% of tokens shared
						</span>
					</li>
				))}
			</ul>
		</section>
	);
}
