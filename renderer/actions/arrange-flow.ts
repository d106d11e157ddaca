import type { Place } from "#shared/document";
import { measureFullCard } from "#shared/drawing/feature-card";
import { type LaidNode, laidNode, laneOfView } from "#shared/drawing/laid-node";
import { gapRow } from "#shared/drawing/row-length";
import { arrangeAsFlow } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { setView, useView } from "../document/view-store.ts";
import { requestPlaces } from "../layout/layout-client.ts";
import { count } from "../ui/amounts.ts";
import { showToast } from "../ui/toast-store.ts";

/** Above this dagre takes more than a moment. */
const mostNodes = 300;

/** Arranges what is shown, or the selected of it, as dagre does: one edit that can be taken back. */
export async function arrangeFlow(which: "shown" | "selected"): Promise<void> {
	const { filtered, places } = useDerived.getState();
	const { name } = useDocument.getState();
	const { selection } = useView.getState();
	const isMeant = ({ id }: { readonly id: string }) => which === "shown" || selection.has(id);
	const nodes = filtered.nodes.filter(isMeant).map(laidNode);
	if (nodes.length === 0) return;
	if (nodes.length > mostNodes) {
		const advice = which === "shown" ? "Show only stronger edges, or select fewer" : "Select fewer";
		showToast({
			severity: "info",
			message: `A flow is made of up to ${mostNodes} nodes, and ${count(nodes.length, "node")} are ${which}. ${advice}.`,
		});
		return;
	}
	const edges = filtered.edges.map(({ source, target, weight }) => ({ source, target, weight }));
	const found = await requestPlaces({ nodes, edges });
	if (useDocument.getState().name !== name) return;
	// A flow has no columns of tokens.
	setView({ columns: "free", ...(which === "shown" && { camera: null }) });
	arrangeAsFlow(which === "shown" ? found : seatBelow(found, nodes, places, filtered.nodes));
}

/** The selected stay about where they were, in a row below whatever else stands in their lane. */
function seatBelow(
	found: readonly Place[],
	nodes: readonly LaidNode[],
	places: ReadonlyMap<string, Place>,
	shown: readonly LaidNode[],
): readonly Place[] {
	const moved = new Map(nodes.map((node) => [node.id, node]));
	const bottoms = new Map<number, number>();
	for (const node of shown) {
		const place = places.get(node.id);
		if (!place || moved.has(node.id)) continue;
		const { rank } = laneOfView(node);
		const bottom = place.dy + measureFullCard(node).height / 2 + gapRow;
		bottoms.set(rank, Math.max(bottoms.get(rank) ?? 0, bottom));
	}
	const meanOf = (of: (id: string) => number) => found.reduce((sum, { id }) => sum + of(id), 0) / found.length;
	const after = new Map(found.map(({ id, x }) => [id, x]));
	const shift = Math.round(meanOf((id) => (places.get(id)?.x ?? 0) - (after.get(id) ?? 0)));
	return found.map(({ id, x, dy }) => {
		const node = moved.get(id);
		return { id, x: x + shift, dy: dy + (node ? (bottoms.get(laneOfView(node).rank) ?? 0) : 0) };
	});
}
