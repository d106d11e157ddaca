import { showToken } from "#shared/drawing/svg-text";
import { readTokens } from "#shared/token-characters";
import { labelFeature } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { openCircuit, useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useAnswer } from "../document/use-call.ts";
import { PublishedSection } from "../labels/PublishedSection.tsx";
import { useNewestTask } from "../tasks/tasks.ts";
import { showTime } from "../ui/amounts.ts";
import { heat } from "../ui/FeatureRows.tsx";
import { EditableText } from "./EditableText.tsx";
import { Words } from "./FeatureWords.tsx";

/** What a feature means: its label, where it fires, what it does to the next token, where else it was seen. */
export function FeatureDetails({ id }: { readonly id: string }) {
	const name = useDocument((state) => state.name);
	const run = useDocument((state) => state.run);
	const label = useDerived((state) => state.document.labels.find((one) => one.id === id)?.text ?? "");
	const known = useFacts((state) => state.facts.get(id));
	const publishedLabel = useFacts((state) => state.published.get(id));
	const news = useNewestTask("fetchLabels")?.state;
	// A new run, a pack or an answer can know more of the same feature.
	const described = useAnswer("features.describe", name === null ? undefined : { name, node: id }, {
		refresh: `${run?.id} ${publishedLabel?.at} ${known?.origin?.at} ${news}`,
	});
	const facts = known ?? described?.facts ?? undefined;
	return (
		<>
			<section>
				<EditableText
					label="Label"
					value={label}
					placeholder={publishedLabel ? "Add a label of your own" : "Add a label"}
					onChange={(text) => labelFeature(id, text)}
				/>
				{facts && (
					<p className="faint">
						{facts.frequency > 0
							? `Fires on ${percent(facts.frequency)} of tokens`
							: "Not seen active in a stored corpus"}
						{described?.dictionary && ` · ${described.dictionary.name}`}
					</p>
				)}
			</section>
			{described && described.published !== null && (
				<PublishedSection id={id} published={described.published} page={described.neuronpedia} circuit={name} />
			)}
			{described && described.unpublished !== null && (
				<section>
					<h2 className="heading">Neuronpedia</h2>
					<p className="faint unpublished">No labels: {described.unpublished}</p>
				</section>
			)}
			{described?.activations && run && (
				<section>
					<h2 className="heading">On this prompt</h2>
					<PromptHeat tokens={run.tokens} activations={described.activations} />
				</section>
			)}
			{facts && <Words facts={facts} />}
			{described && described.otherCircuits.length > 0 && (
				<section>
					<h2 className="heading">Seen in {described.otherCircuits.length} other circuits</h2>
					<ul className="rows">
						{described.otherCircuits.slice(0, 12).map((circuit) => (
							<li key={circuit.name}>
								<button type="button" className="link" onClick={() => openCircuit(circuit.name)}>
									{circuit.name}
								</button>
								<span className="faint">{showTime(circuit.updatedAt)}</span>
							</li>
						))}
					</ul>
				</section>
			)}
		</>
	);
}

const percent = (share: number) => `${(100 * share).toPrecision(2)}%`;

/** The prompt's tokens on grounds as strong as the feature is active there. */
function PromptHeat({
	tokens,
	activations,
}: {
	readonly tokens: readonly string[];
	readonly activations: readonly number[];
}) {
	const most = Math.max(...activations.map(Math.abs), 1e-9);
	const read = readTokens(tokens);
	return (
		<div className="tokens heat">
			{activations.map((activation, i) => (
				<span
					// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their positions.
					key={i}
					className="heat-token"
					style={{ background: heat(Math.abs(activation) / most) }}
					title={`${i}: ${activation === 0 ? "not active" : activation.toPrecision(3)}`}
				>
					{showToken(read[i]?.inline ?? "")}
				</span>
			))}
		</div>
	);
}
