import type { ViewNode } from "#shared/circuit-view";
import { type GradientRequest, gradientChoiceOf, selectionOf, tracedBy } from "#shared/trace-request";
import { client } from "../bridge/connection.ts";
import { moveNodes, pinnable } from "../document/commands.ts";
import { placeId, useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError } from "../document/session-store.ts";
import { buildGradientChoice, useTraceForm } from "../document/trace-form.ts";
import { useView } from "../document/view-store.ts";
import { showToast } from "../ui/toast-store.ts";

export function selectedNodes(): readonly ViewNode[] {
	const { selection } = useView.getState();
	return selection.size === 0 ? [] : useDerived.getState().view.nodes.filter(({ id }) => selection.has(id));
}

/** Ids of the circuit's nodes that the selected seen ones stand for. */
export const selectedMembers = (): readonly string[] => selectedNodes().flatMap(({ members }) => members);

/** Ids of the selected features without positions. */
export const selectedFeatures = (): readonly string[] => pinnable(selectedMembers());

/** The one circuit node that is selected, where it is one. */
export function onlySelected(): string | undefined {
	const members = selectedMembers();
	return members.length === 1 ? members[0] : undefined;
}

/** Asks for what leads into the selected node, or out of it, with the parameters of the circuit's last run. */
export function traceFrom(direction: "upstream" | "downstream"): void {
	const { name, run } = useDocument.getState();
	const node = onlySelected();
	if (name === null || !run || node === undefined) return;
	const last = tracedBy(run.request);
	if (!last) {
		showToast({
			severity: "info",
			message:
				"This graph was imported, and its file names no model to trace on. Trace its prompt into a circuit of your own.",
		});
		return;
	}
	// Only gradients know directions; what else the last run was is left aside.
	const request: GradientRequest = {
		method: "gradient",
		...selectionOf(last),
		...(gradientChoiceOf(last) ?? buildGradientChoice(useTraceForm.getState())),
		keepUnconnected: true,
		allNodes: false,
		from: { node, direction },
	};
	client.call("jobs.start", { job: crypto.randomUUID(), circuit: name, request }).catch(reportError);
}

/** Lines up the selected nodes: their middles under one another, or side by side at one height with even gaps. */
export function alignSelected(how: "column" | "row" | "spread"): void {
	const { places } = useDerived.getState();
	const chosen = selectedNodes().flatMap(({ id }) => {
		const place = places.get(id);
		return place ? [{ id, place }] : [];
	});
	if (chosen.length < 2) return;
	const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
	const x = mean(chosen.map(({ place }) => place.x));
	const dy = mean(chosen.map(({ place }) => place.dy));
	const sorted = chosen.toSorted((a, b) => a.place.x - b.place.x);
	const [first, last] = [sorted[0], sorted.at(-1)];
	const step = first && last ? (last.place.x - first.place.x) / (sorted.length - 1) : 0;
	moveNodes(
		sorted.map(({ id, place }, i) => {
			if (how === "column") return { id: placeId(id), x, dy: place.dy };
			if (how === "row") return { id: placeId(id), x: place.x, dy };
			return { id: placeId(id), x: (first?.place.x ?? 0) + i * step, dy: place.dy };
		}),
	);
}
