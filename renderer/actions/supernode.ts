import { describeMembers } from "#shared/drawing/describe-members";
import { proposeName } from "#shared/supernode";
import { groupNodes, setGroupCollapsed } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useNaming } from "../document/naming-store.ts";
import { joinLabels } from "../document/shown-labels.ts";
import { select, useView } from "../document/view-store.ts";
import { selectedMembers } from "./selection.ts";

/** The supernode that is selected, or that has a selected member. */
export const selectedGroup = () => {
	const { groups } = useDocument.getState().document;
	const members = new Set(selectedMembers());
	return groups.find(
		({ id, members: own }) => useView.getState().selection.has(id) || own.some((one) => members.has(one)),
	);
};

/** One keystroke: a supernode of what is selected, named by what its members share; its name can be written over at once. */
export function groupSelected(): void {
	const { document, view } = useDerived.getState();
	const selected = new Set(selectedMembers());
	// The target is what all the others are about.
	const nodes = document.nodes.filter(({ id, kind }) => selected.has(id) && kind !== "logit");
	if (nodes.length < 2) return;
	const { facts, published } = useFacts.getState();
	const { run } = useDocument.getState();
	// A supernode that only grows keeps its name.
	const grown = view.nodes.filter(({ id, kind }) => kind === "group" && useView.getState().selection.has(id));
	const proposal = () =>
		proposeName(describeMembers(nodes, { facts, labels: joinLabels(document.labels, published), run }));
	const group = groupNodes(
		nodes.map(({ id }) => id),
		(grown.length === 1 && grown[0]?.name) || proposal(),
	);
	select([group]);
	useNaming.setState({ group });
}

export function toggleGroup(): void {
	const group = selectedGroup();
	if (!group) return;
	setGroupCollapsed(group.id, !group.collapsed);
	select(group.collapsed ? group.members : [group.id]);
}
