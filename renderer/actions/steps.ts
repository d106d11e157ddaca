import { findReached } from "#shared/connected";
import { client } from "../bridge/connection.ts";
import { openLink } from "../bridge/links.ts";
import { canvasSize } from "../canvas/camera.ts";
import {
	addNote,
	deleteEdge,
	deleteNodes,
	pinFeatures,
	setGroupCollapsed,
	unpinFeatures,
} from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { closeCircuit, useDocument } from "../document/document-store.ts";
import { reportError, saveSettings, useSession } from "../document/session-store.ts";
import { changeView } from "../document/view-history.ts";
import { select, useView } from "../document/view-store.ts";
import { resolveTheme } from "../ui/apply-theme.ts";
import { showToast } from "../ui/toast-store.ts";
import { onlySelected, selectedFeatures, selectedMembers } from "./selection.ts";
import { openDialog, togglePanel } from "./workspace-store.ts";

/** What actions do where it takes more than a call. */

export const selectedGroup = () => {
	const { groups } = useDocument.getState().document;
	const members = new Set(selectedMembers());
	return groups.find(
		({ id, members: own }) => useView.getState().selection.has(id) || own.some((one) => members.has(one)),
	);
};

export function newTrace(): void {
	closeCircuit();
	togglePanel("trace", true);
	requestAnimationFrame(() => document.querySelector<HTMLTextAreaElement>("[data-prompt]")?.focus());
}

export function addNoteInMiddle(): void {
	const { camera } = useView.getState();
	const { width, height } = canvasSize();
	if (camera) addNote(camera.x + width / 2 / camera.zoom - 80, camera.y + height / 2 / camera.zoom - 30);
}

export function deleteSelected(): void {
	const { edge } = useView.getState();
	if (edge !== null) deleteEdge(edge);
	else deleteNodes(selectedMembers());
	select([]);
}

export function toggleGroup(): void {
	const group = selectedGroup();
	if (!group) return;
	setGroupCollapsed(group.id, !group.collapsed);
	select(group.collapsed ? group.members : [group.id]);
}

/** At its position where one is selected, wherever it is active where several positions are. */
export function respond(): void {
	const [feature] = selectedFeatures();
	const subject = onlySelected() ?? feature;
	if (subject !== undefined) openDialog("response", subject);
}

export function togglePin(): void {
	const features = selectedFeatures();
	const pinned = new Set(useDocument.getState().document.pins.map(({ id }) => id));
	if (features.every((id) => pinned.has(id))) unpinFeatures(features);
	else pinFeatures(features);
}

export function copyIds(): void {
	const ids = selectedMembers();
	navigator.clipboard.writeText(ids.join("\n")).then(
		() =>
			showToast({ severity: "success", message: ids.length === 1 ? `Copied ${ids[0]}.` : `Copied ${ids.length} ids.` }),
		() =>
			showToast({
				severity: "error",
				message: "The browser did not let us copy. Select the id in the inspector and copy it there.",
			}),
	);
}

async function findNeuronpediaPage(): Promise<void> {
	const { name } = useDocument.getState();
	const [feature] = selectedFeatures();
	if (name === null || feature === undefined) return;
	const { neuronpedia } = await client.call("features.describe", { name, node: feature });
	if (neuronpedia !== null) openLink(neuronpedia);
	else
		showToast({
			severity: "info",
			message: `The dictionary of ${feature} names no page on Neuronpedia (neuronpedia_id in its cfg.json).`,
		});
}

export function openNeuronpedia(): void {
	findNeuronpediaPage().catch(reportError);
}

export function selectReach(direction: "upstream" | "downstream"): void {
	select(findReached(useView.getState().selection, useDerived.getState().filtered.edges, direction));
}

export function toggleColumns(): void {
	const columns = useView.getState().columns === "tokens" ? "free" : "tokens";
	changeView(columns === "tokens" ? "Columns by token" : "Free columns", { columns }, { camera: null });
}

export function toggleTheme(): void {
	const { theme } = useSession.getState().settings;
	saveSettings({ theme: resolveTheme(theme) === "dark" ? "light" : "dark" });
}
