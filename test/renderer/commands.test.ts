import { beforeEach, expect, test } from "vitest";
import { type CircuitDocument, emptyDocument } from "../../main/shared/document.ts";
import type { DocumentDiff } from "../../main/shared/document-diff.ts";
import { installHost } from "./page-host.ts";

const host = installHost({});
const { useDocument } = await import("../../renderer/document/document-store.ts");
const commands = await import("../../renderer/document/commands.ts");

const node = (feature: number, position = 0) => ({
	...{
		id: `mlp_0.${feature}@${position}`,
		kind: "feature" as const,
		site: "mlp" as const,
		layer: 0,
		feature,
		position,
	},
	...{ activation: 1, attribution: 0.1 },
});
const [a, b, c] = [node(1), node(2), node(3)];
const group = { id: "group.1", name: "both", members: [a.id, b.id], collapsed: true };
const circuit: CircuitDocument = {
	...emptyDocument,
	nodes: [a, b, c],
	edges: [
		{ source: a.id, target: b.id, weight: 0.5 },
		{ source: b.id, target: c.id, weight: -0.2 },
	],
	groups: [group],
	hidden: [{ id: a.id }],
};

beforeEach(() => useDocument.setState({ name: "one", document: circuit, preview: null }));

const now = () => useDocument.getState().document;
const sent = () => host.asked<{ name: string; label: string; diff: DocumentDiff }>("circuits.edit").at(-1);

test("deleting a node takes its edges, its place in groups and that it was hidden, as one edit that is sent", () => {
	commands.deleteNodes([a.id]);
	expect(now().nodes.map(({ id }) => id)).toEqual([b.id, c.id]);
	expect([...now().edges]).toEqual([{ source: b.id, target: c.id, weight: -0.2 }]);
	expect(now().groups).toEqual([{ ...group, members: [b.id] }]);
	expect(now().hidden).toEqual([]);
	expect(sent()).toMatchObject({ name: "one", label: "Delete node", diff: { groups: { updated: [[group, {}]] } } });
	commands.deleteNodes([b.id]);
	expect(now().groups).toEqual([]);
});

test("a feature is pinned once, whatever its positions, and pins keep their order when one is moved", () => {
	commands.pinFeatures([c.id, a.id, node(3, 5).id, "token.7@0", "mlp_error_0@1"]);
	expect(now().pins).toEqual([
		{ id: "mlp_0.3", order: 1 },
		{ id: "mlp_0.1", order: 2 },
	]);
	commands.pinFeatures([b.id]);
	commands.movePin("mlp_0.2", "mlp_0.3");
	const order = () =>
		now()
			.pins.toSorted((x, y) => x.order - y.order)
			.map(({ id }) => id);
	expect(order()).toEqual(["mlp_0.2", "mlp_0.3", "mlp_0.1"]);
	commands.movePin("mlp_0.2", null);
	expect(order()).toEqual(["mlp_0.3", "mlp_0.1", "mlp_0.2"]);
	commands.unpinFeatures(["mlp_0.1"]);
	expect(order()).toEqual(["mlp_0.3", "mlp_0.2"]);
});

test("a label is trimmed, and an empty one removes it; what changes nothing is no edit", () => {
	commands.labelFeature("mlp_0.1", "  brackets ");
	expect(now().labels).toEqual([{ id: "mlp_0.1", text: "brackets" }]);
	const edits = host.asked("circuits.edit").length;
	commands.labelFeature("mlp_0.1", "brackets");
	expect(host.asked("circuits.edit")).toHaveLength(edits);
	commands.labelFeature("mlp_0.1", " ");
	expect(now().labels).toEqual([]);
	expect(sent()?.label).toBe("Remove label");
});

test("while the past is looked at nothing is changed", () => {
	useDocument.setState({ preview: { step: 1, document: emptyDocument } });
	const edits = host.asked("circuits.edit").length;
	commands.hideNodes([c.id]);
	expect(now()).toBe(circuit);
	expect(host.asked("circuits.edit")).toHaveLength(edits);
});
