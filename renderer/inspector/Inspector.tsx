import { edgeKey } from "#shared/document-diff";
import { selectedNodes } from "../actions/selection.ts";
import { CompareInspector } from "../compare/CompareInspector.tsx";
import { useComparison } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useView } from "../document/view-store.ts";
import { CircuitSummary } from "./CircuitSummary.tsx";
import { EdgeInspector } from "./EdgeInspector.tsx";
import { NodeInspector } from "./NodeInspector.tsx";
import { SelectionSummary } from "./SelectionSummary.tsx";
import "./inspector.css";

/** What is selected, in numbers and words; the circuit itself where nothing is. */
export function Inspector() {
	const { selection, edge } = useView();
	const view = useDerived((state) => state.view);
	const comparison = useComparison((state) => state.comparison);
	const compared = useDerived((state) => state.compared);
	const scene = useDerived((state) => state.scene);
	// Read through the store, so that it follows the view as well as the selection.
	const nodes = view.nodes.length > 0 ? selectedNodes().filter(({ id }) => selection.has(id)) : [];
	const chosen = edge === null ? undefined : scene.edges.withKey(edge);
	const [only] = nodes;
	if (comparison && compared) return <CompareInspector comparison={comparison} compared={compared} />;
	return (
		<div className="inspector">
			{chosen ? (
				<EdgeInspector key={edgeKey({ source: chosen.source.node.id, target: chosen.target.node.id })} edge={chosen} />
			) : only && nodes.length === 1 ? (
				<NodeInspector key={only.id} node={only} />
			) : nodes.length > 1 ? (
				<SelectionSummary nodes={nodes} />
			) : (
				<CircuitSummary />
			)}
		</div>
	);
}
