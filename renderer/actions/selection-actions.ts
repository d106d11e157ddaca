import { findReached } from "#shared/connected";
import { client } from "../bridge/connection.ts";
import { openLink } from "../bridge/links.ts";
import {
	deleteEdge,
	deleteNodes,
	forgetPlaces,
	hideNodes,
	pinFeatures,
	showNodes,
	ungroup,
	unpinFeatures,
} from "../document/commands.ts";
import { placeId, useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useNaming } from "../document/naming-store.ts";
import { reportError } from "../document/session-store.ts";
import { select, useView } from "../document/view-store.ts";
import { showToast } from "../ui/toast-store.ts";
import type { Titled } from "./action.ts";
import { arrangeFlow } from "./arrange-flow.ts";
import { hasNodes, hasSelection } from "./conditions.ts";
import { copyAsImage, copyAsSvg, copyAsTable } from "./copy-selection.ts";
import { alignSelected, selectedFeatures, selectedMembers, selectedNodes } from "./selection.ts";
import { groupSelected, selectedGroup, toggleGroup } from "./supernode.ts";
import { openDialog } from "./workspace-store.ts";

/** Of what is selected. */
export const selectionActions: readonly Titled[] = [
	{
		id: "hide",
		title: "Hide",
		keys: ["H"],
		enabled: hasSelection,
		run: () => {
			hideNodes(selectedMembers());
			select([]);
		},
	},
	{
		id: "show-all",
		title: "Show everything that was hidden",
		keys: ["Shift+H"],
		enabled: () => useDocument.getState().document.hidden.length > 0,
		run: () => showNodes(useDocument.getState().document.hidden.map(({ id }) => id)),
	},
	{
		id: "delete",
		title: "Delete",
		keys: ["Delete", "Backspace"],
		enabled: () => hasSelection() || useView.getState().edge !== null,
		run: deleteSelected,
	},
	{
		id: "group",
		title: "Group into a supernode",
		keys: ["G"],
		enabled: () => selectedMembers().length > 1,
		run: groupSelected,
	},
	{
		id: "suggest-groups",
		title: "Suggest supernodes…",
		enabled: hasNodes,
		run: () => openDialog("suggest-groups"),
	},
	{
		id: "rename-group",
		title: "Rename the supernode",
		keys: ["F2"],
		enabled: () => selectedGroup() !== undefined,
		run: () => useNaming.setState({ group: selectedGroup()?.id ?? null }),
	},
	{
		id: "ungroup",
		title: "Ungroup",
		keys: ["Shift+G"],
		enabled: () => selectedGroup() !== undefined,
		run: () => {
			const group = selectedGroup();
			if (group) ungroup(group.id);
		},
	},
	{
		id: "collapse",
		title: "Collapse or expand the group",
		keys: ["C"],
		enabled: () => selectedGroup() !== undefined,
		run: toggleGroup,
	},
	{
		id: "pin",
		title: "Pin or unpin",
		keys: ["P"],
		enabled: () => selectedFeatures().length > 0,
		run: togglePin,
	},
	{ id: "copy-id", title: "Copy id", keys: ["Mod+C"], enabled: hasSelection, run: copyIds },
	{
		id: "copy-image",
		title: "Copy as a picture",
		keys: ["Mod+Shift+C"],
		enabled: hasSelection,
		run: () => void copyAsImage().catch(reportError),
	},
	{
		id: "copy-svg",
		title: "Copy as SVG",
		enabled: hasSelection,
		run: () => void copyAsSvg().catch(reportError),
	},
	{
		id: "copy-table",
		title: "Copy as a table",
		enabled: hasSelection,
		run: () => void copyAsTable().catch(reportError),
	},
	{
		id: "neuronpedia",
		title: "Open on Neuronpedia",
		enabled: () => selectedFeatures().length === 1,
		run: openNeuronpedia,
	},
	{
		id: "align-column",
		title: "Align under one another",
		enabled: () => selectedNodes().length > 1,
		run: () => alignSelected("column"),
	},
	{
		id: "align-row",
		title: "Align side by side",
		enabled: () => selectedNodes().length > 1,
		run: () => alignSelected("row"),
	},
	{
		id: "spread",
		title: "Spread evenly",
		enabled: () => selectedNodes().length > 2,
		run: () => alignSelected("spread"),
	},
	{
		id: "lay-out-selected",
		title: "Lay the selected out again",
		enabled: hasSelection,
		run: () => forgetPlaces(selectedNodes().map(({ id }) => placeId(id))),
	},
	{
		id: "flow-selected",
		title: "Arrange the selected as a flow",
		enabled: () => selectedNodes().length > 1,
		run: () => void arrangeFlow("selected").catch(reportError),
	},
	{
		id: "select-upstream",
		title: "Select all that leads here",
		keys: ["["],
		enabled: hasSelection,
		run: () => selectReach("upstream"),
	},
	{
		id: "select-downstream",
		title: "Select all that this leads to",
		keys: ["]"],
		enabled: hasSelection,
		run: () => selectReach("downstream"),
	},
];

function deleteSelected(): void {
	const { edge } = useView.getState();
	if (edge !== null) deleteEdge(edge);
	else deleteNodes(selectedMembers());
	select([]);
}

function togglePin(): void {
	const features = selectedFeatures();
	const pinned = new Set(useDocument.getState().document.pins.map(({ id }) => id));
	if (features.every((id) => pinned.has(id))) unpinFeatures(features);
	else pinFeatures(features);
}

function copyIds(): void {
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

function openNeuronpedia(): void {
	findNeuronpediaPage().catch(reportError);
}

function selectReach(direction: "upstream" | "downstream"): void {
	select(findReached(useView.getState().selection, useDerived.getState().filtered.edges, direction));
}
