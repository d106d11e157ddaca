import type { CircuitDocument } from "#shared/document";
import { arrangeCircuit, columnsMark } from "#shared/drawing/arrange";
import { buildThumbnail, type Thumbnail } from "#shared/drawing/thumbnail";
import { initialView, readSavedView } from "#shared/saved-view";
import type { Store } from "../store/store.ts";

type State = Pick<CircuitDocument, "nodes" | "edges" | "groups" | "hidden">;

/**
 * Pictures of a circuit's states, each where its nodes stand now: layouts are kept, not logged. Most steps leave nodes
 * and edges as they were; their picture is drawn once.
 */
export function openThumbnails(store: Store, name: string): (state: State) => Thumbnail {
	const { columns, foldPositions } = readSavedView(store.edits.loadView(name));
	const look = { ...initialView, columns, foldPositions };
	const metricName = store.circuits.lastRun(name)?.metricName ?? "cross_entropy";
	const now = store.circuits.load(name);
	const found = arrangeCircuit(now, look, { metricName }).places;
	const places = [...found.values()].map((place) =>
		columns === "tokens" ? { ...place, id: place.id + columnsMark } : place,
	);
	let last: { readonly of: State; readonly picture: Thumbnail } | undefined;
	return (of) => {
		const same = (["nodes", "edges", "groups", "hidden"] as const).every((key) => last?.of[key] === of[key]);
		if (!last || !same)
			last = {
				of,
				picture: buildThumbnail(arrangeCircuit({ ...now, ...of, links: [], places }, look, { metricName }).scene),
			};
		return last.picture;
	};
}
