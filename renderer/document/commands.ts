import type { CircuitDocument, Collection, DocumentRecords, Group, Place, StoryStep } from "#shared/document";
import { type DocumentDiff, edgeKey, keyOf, type RecordsDiff } from "#shared/document-diff";
import { EdgeList } from "#shared/edge-list";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import type { Rows } from "#shared/rows";
import { storyOf } from "#shared/story";
import { edit, useDocument } from "./document-store.ts";

/** Every edit that a person can make of a circuit, as a change that can be taken back. Ids are of the circuit's nodes. */

const current = (): CircuitDocument => useDocument.getState().document;

function put<K extends Collection>(name: K, records: readonly DocumentRecords[K][]): DocumentDiff {
	const known = new Map(
		(current()[name] as unknown as readonly DocumentRecords[K][]).map((record) => [keyOf(record), record]),
	);
	const added = records.filter((record) => !known.has(keyOf(record)));
	const updated = records.flatMap((record): [DocumentRecords[K], DocumentRecords[K]][] => {
		const before = known.get(keyOf(record));
		return before && JSON.stringify(before) !== JSON.stringify(record) ? [[before, record]] : [];
	});
	return { [name]: { added, updated, removed: [] } };
}

function take<K extends Collection>(name: K, records: Rows<DocumentRecords[K]>): DocumentDiff {
	return { [name]: { added: [], updated: [], removed: records } satisfies RecordsDiff<DocumentRecords[K]> };
}

const count = (number: number, noun: string) => (number === 1 ? noun : `${number} ${noun}s`);

export function moveNodes(places: readonly Place[]): void {
	edit(`Move ${count(places.length, "node")}`, put("places", places));
}

export function arrangeAsFlow(places: readonly Place[]): void {
	edit("Arrange as a flow", put("places", places));
}

export function hideNodes(ids: readonly string[]): void {
	const records = ids.map((id) => ({ id }));
	edit(`Hide ${count(ids.length, "node")}`, put("hidden", records));
}

export function showNodes(ids: readonly string[]): void {
	const wanted = new Set(ids);
	const records = current().hidden.filter(({ id }) => wanted.has(id));
	edit(`Show ${count(records.length, "node")}`, take("hidden", records));
}

/** Removes nodes and every edge, link and membership that they had. */
export function deleteNodes(ids: readonly string[]): void {
	const gone = new Set(ids);
	const { nodes, links, groups, hidden } = current();
	const touches = ({ source, target }: { source: string; target: string }) => gone.has(source) || gone.has(target);
	const left = groups
		.filter(({ members }) => members.some((id) => gone.has(id)))
		.map((group) => ({ group, members: group.members.filter((id) => !gone.has(id)) }));
	const removedNodes = nodes.filter(({ id }) => gone.has(id));
	edit(`Delete ${count(removedNodes.length, "node")}`, {
		...take("nodes", removedNodes),
		...take("edges", edgesOf(gone)),
		...take("links", links.filter(touches)),
		...take(
			"hidden",
			hidden.filter(({ id }) => gone.has(id)),
		),
		groups: {
			added: [],
			updated: left
				.filter(({ members }) => members.length > 0)
				.map(({ group, members }) => [group, { ...group, members }] as const),
			removed: left.filter(({ members }) => members.length === 0).map(({ group }) => group),
		},
	});
}

/** Every edge into or out of these. */
function edgesOf(ids: ReadonlySet<string>): EdgeList {
	const edges = EdgeList.from(current().edges);
	const isEnd = edges.ids.map((id) => ids.has(id));
	return edges.where((edge) => !!isEnd[edges.sources[edge] as number] || !!isEnd[edges.targets[edge] as number]);
}

export function deleteEdge(key: string): void {
	const { edges, links } = current();
	edit("Delete edge", {
		...take(
			"edges",
			edges.filter((edge) => edgeKey(edge) === key),
		),
		...take(
			"links",
			links.filter((link) => edgeKey(link) === key),
		),
	});
}

const newGroupId = () => `group.${crypto.randomUUID().slice(0, 8)}`;

/** Makes one group of these, out of whatever groups they were in. */
export function groupNodes(ids: readonly string[], name: string): string {
	const members = new Set(ids);
	const id = newGroupId();
	const left = current()
		.groups.filter((group) => group.members.some((member) => members.has(member)))
		.map((group) => ({ group, rest: group.members.filter((member) => !members.has(member)) }));
	edit(`Group ${count(ids.length, "node")}`, {
		groups: {
			added: [{ id, name, members: ids, collapsed: true }],
			updated: left
				.filter(({ rest }) => rest.length > 0)
				.map(({ group, rest }) => [group, { ...group, members: rest }] as const),
			removed: left.filter(({ rest }) => rest.length === 0).map(({ group }) => group),
		},
	});
	return id;
}

/** Several supernodes in one step, of nodes that are in none. */
export function makeGroups(made: readonly Pick<Group, "name" | "members">[]): void {
	const groups = made.map((group) => ({ id: newGroupId(), ...group, collapsed: true }));
	edit(`Group into ${count(groups.length, "supernode")}`, put("groups", groups));
}

/** Takes members out of a supernode; one without members is no more. */
export function leaveGroup(id: string, members: readonly string[]): void {
	const gone = new Set(members);
	const groups = current().groups.filter((group) => group.id === id);
	const left = groups.map((group) => ({ ...group, members: group.members.filter((member) => !gone.has(member)) }));
	const isEmpty = left.every((group) => group.members.length === 0);
	edit(
		`Take ${count(members.length, "node")} out of a supernode`,
		isEmpty ? take("groups", groups) : put("groups", left),
	);
}

export function ungroup(id: string): void {
	edit(
		"Ungroup",
		take(
			"groups",
			current().groups.filter((group) => group.id === id),
		),
	);
}

export function setGroupCollapsed(id: string, collapsed: boolean): void {
	const groups = current().groups.filter((group) => group.id === id);
	edit(
		collapsed ? "Collapse group" : "Expand group",
		put(
			"groups",
			groups.map((group) => ({ ...group, collapsed })),
		),
	);
}

export function renameGroup(id: string, name: string): void {
	const groups = current().groups.filter((group) => group.id === id);
	edit(
		"Rename group",
		put(
			"groups",
			groups.map((group) => ({ ...group, name })),
		),
	);
}

export function addNote(x: number, y: number): string {
	const id = `note.${crypto.randomUUID().slice(0, 8)}`;
	edit("Add note", put("notes", [{ id, text: "", x, y }]));
	return id;
}

export function changeNote(
	id: string,
	change: { readonly text?: string; readonly x?: number; readonly y?: number },
): void {
	const notes = current().notes.filter((note) => note.id === id);
	edit(
		change.text === undefined ? "Move note" : "Write note",
		put(
			"notes",
			notes.map((note) => ({ ...note, ...change })),
		),
	);
}

export function removeNote(id: string): void {
	edit(
		"Remove note",
		take(
			"notes",
			current().notes.filter((note) => note.id === id),
		),
	);
}

export function addLink(source: string, target: string): void {
	edit("Draw edge", put("links", [{ source, target, text: "" }]));
}

export function setLinkText(key: string, text: string): void {
	const links = current().links.filter((link) => edgeKey(link) === key);
	edit(
		"Describe edge",
		put(
			"links",
			links.map((link) => ({ ...link, text })),
		),
	);
}

/** An empty text removes the label. `id` without position. */
export function labelFeature(id: string, text: string): void {
	const { labels } = current();
	const known = labels.filter((label) => label.id === id);
	if (text.trim() === "") edit("Remove label", take("labels", known));
	else edit("Label feature", put("labels", [{ id, text: text.trim() }]));
}

/** Features among these, by id without position, in the order of computation. */
export function pinnable(ids: readonly string[]): readonly string[] {
	const features = ids.map(withoutPosition).filter((id) => {
		try {
			return parseNodeId(id).kind === "feature";
		} catch {
			return false;
		}
	});
	return [...new Set(features)];
}

export function pinFeatures(ids: readonly string[]): void {
	const { pins } = current();
	const known = new Set(pins.map(({ id }) => id));
	const fresh = pinnable(ids).filter((id) => !known.has(id));
	const next = Math.max(0, ...pins.map(({ order }) => order)) + 1;
	edit(
		`Pin ${count(fresh.length, "feature")}`,
		put(
			"pins",
			fresh.map((id, i) => ({ id, order: next + i })),
		),
	);
}

export function unpinFeatures(ids: readonly string[]): void {
	const wanted = new Set(ids);
	const pins = current().pins.filter(({ id }) => wanted.has(id));
	edit(`Unpin ${count(pins.length, "feature")}`, take("pins", pins));
}

/** Moves one pin before another of its layer, or to the end. */
export function movePin(id: string, before: string | null): void {
	const sorted = current()
		.pins.toSorted((a, b) => a.order - b.order)
		.filter((pin) => pin.id !== id);
	const moved = current().pins.find((pin) => pin.id === id);
	if (!moved || before === id) return;
	const at = before === null ? sorted.length : sorted.findIndex((pin) => pin.id === before);
	const next = [...sorted.slice(0, at), moved, ...sorted.slice(at)].map((pin, order) => ({ ...pin, order }));
	edit("Reorder pins", put("pins", next));
}

export function savePinSet(name: string): void {
	const members = current()
		.pins.toSorted((a, b) => a.order - b.order)
		.map(({ id }) => id);
	edit(`Save pin set ${name}`, put("pinSets", [{ id: name, members }]));
}

/** The tray holds what the set holds. */
export function loadPinSet(name: string): void {
	const members = current().pinSets.find(({ id }) => id === name)?.members ?? [];
	replacePins(members, `Load pin set ${name}`);
}

export function replacePins(ids: readonly string[], label: string): void {
	const wanted = new Set(ids);
	const added = put(
		"pins",
		ids.map((id, order) => ({ id, order })),
	);
	const removed = current().pins.filter(({ id }) => !wanted.has(id));
	edit(label, { pins: { added: [], updated: [], ...added.pins, removed } });
}

export function removePinSet(name: string): void {
	edit(
		`Remove pin set ${name}`,
		take(
			"pinSets",
			current().pinSets.filter(({ id }) => id === name),
		),
	);
}

/** Forgets where these stand, so that the layout places them anew. */
export function forgetPlaces(ids: readonly string[]): void {
	const wanted = new Set(ids);
	const places = current().places.filter(({ id }) => wanted.has(id));
	edit("Lay out again", take("places", places));
}

/** Tells these at the end of the story. Returns their ids. */
export function tellSteps(steps: readonly Pick<StoryStep, "path" | "text">[]): readonly string[] {
	const next = Math.max(-1, ...current().story.map(({ order }) => order)) + 1;
	const told = steps.map((step, i) => ({ id: `story.${crypto.randomUUID().slice(0, 8)}`, order: next + i, ...step }));
	edit(`Tell ${count(told.length, "path")}`, put("story", told));
	return told.map(({ id }) => id);
}

export function writeStep(id: string, text: string): void {
	const steps = current().story.filter((step) => step.id === id);
	edit(
		"Write the story",
		put(
			"story",
			steps.map((step) => ({ ...step, text })),
		),
	);
}

/** One place earlier or later in the story. */
export function moveStep(id: string, by: 1 | -1): void {
	const steps = storyOf(current());
	const at = steps.findIndex((step) => step.id === id);
	const moved = steps[at];
	if (!moved || !steps[at + by]) return;
	const next = steps.toSpliced(at, 1).toSpliced(at + by, 0, moved);
	edit(
		"Reorder the story",
		put(
			"story",
			next.map((step, order) => ({ ...step, order })),
		),
	);
}

export function removeStep(id: string): void {
	edit(
		"Remove a step of the story",
		take(
			"story",
			current().story.filter((step) => step.id === id),
		),
	);
}
