import { withoutPosition } from "#shared/node-id";
import { client } from "../bridge/connection.ts";
import { isComparing } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { refreshFacts, useFacts } from "../document/facts-store.ts";
import { useSession } from "../document/session-store.ts";
import { useView } from "../document/view-store.ts";
import { canvasSize } from "./camera.ts";

/** The view is told once it has rested for so long; news are fetched once for many. */
const [restMs, newsMs] = [500, 400];
const most = 400;
let last = "";
let restTimer: ReturnType<typeof setTimeout> | undefined;
let newsTimer: ReturnType<typeof setTimeout> | undefined;

/**
 * Tells the app which features are on the screen and not known from any text, selected ones first: it gathers what it
 * can in the background, and says so, whereupon it is fetched.
 */
export function startShownFeatures(): void {
	const soon = () => {
		clearTimeout(restTimer);
		restTimer = setTimeout(tellShown, restMs);
	};
	for (const store of [useDerived, useView, useFacts] as const) store.subscribe(soon);
	useSession.subscribe(({ settings }, before) => {
		const changed =
			settings.neuronpedia !== before.settings.neuronpedia ||
			settings.backgroundContexts !== before.settings.backgroundContexts;
		if (!changed) return;
		last = "";
		soon();
	});
	client.on("known", ({ dictionary, features }) => {
		if (dictionary !== undefined && features) {
			const sites = useDocument.getState().run?.dictionaries.filter(({ hash }) => hash === dictionary) ?? [];
			refreshFacts(sites.flatMap(({ site }) => features.map((feature) => `${site}.${feature}`)));
			return;
		}
		if (newsTimer !== undefined) return;
		newsTimer = setTimeout(() => {
			newsTimer = undefined;
			refreshFacts();
		}, newsMs);
	});
}

function tellShown(): void {
	const { name, loading } = useDocument.getState();
	const { connection } = useSession.getState();
	if (name === null || loading || isComparing() || connection.status !== "open") return;
	const features = listShown();
	const key = `${name} ${features.join(" ")}`;
	if (key === last || features.length === 0) return;
	last = key;
	// Quiet: it is asked again with the next movement.
	client.call("features.shown", { name, features: [...features] }).catch(() => {
		last = "";
	});
}

function listShown(): readonly string[] {
	const { camera, selection } = useView.getState();
	const { scene } = useDerived.getState();
	const { facts, published } = useFacts.getState();
	if (!camera) return [];
	const { width, height } = canvasSize();
	const [right, bottom] = [camera.x + width / camera.zoom, camera.y + height / camera.zoom];
	const weight = (id: string, attribution: number) => (selection.has(id) ? 1e9 : 0) + Math.abs(attribution);
	const shown = scene.nodes
		.filter(
			({ node, x, y, width: w, height: h }) =>
				node.kind === "feature" &&
				(selection.has(node.id) || (x < right && x + w > camera.x && y < bottom && y + h > camera.y)),
		)
		.toSorted((a, b) => weight(b.node.id, b.node.attribution) - weight(a.node.id, a.node.attribution))
		.map(({ node }) => withoutPosition(node.id));
	return [...new Set(shown)].filter((id) => !published.has(id) || !facts.get(id)?.contexts.length).slice(0, most);
}
