import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Collection, DocumentRecords } from "../../main/shared/document.ts";
import type { DocumentDiff } from "../../main/shared/document-diff.ts";
import { Store } from "../../main/store/store.ts";
import { edge, node, result, trace } from "./example-circuit.ts";
import { request } from "./example-request.ts";

const root = mkdtempSync(join(tmpdir(), "scd-edits-"));
afterAll(() => rmSync(root, { recursive: true }));
let files = 0;
const nextPath = () => join(root, `${files++}.sqlite`);
const add = <K extends Collection>(name: K, ...added: DocumentRecords[K][]): DocumentDiff => ({
	[name]: { added, updated: [], removed: [] },
});
let edits = 0;
const edit = (store: Store, diff: DocumentDiff, label = "Edit") =>
	store.edits.edit("one", diff, label, `edit-${edits++}`);

describe("edits", () => {
	test("of every collection are kept across restarts, undone one by one, and done again", () => {
		const path = nextPath();
		let store = new Store(path);
		trace(store, "one", [node(1, 0.1), node(2, 0.2)], [edge(1, 2, 0.5)]);
		const before = store.circuits.load("one");
		const changes: readonly DocumentDiff[] = [
			add("places", { id: node(1, 0).id, x: 1, dy: 2 }),
			add("hidden", { id: node(1, 0).id }),
			add("groups", { id: "group.a", name: "a", members: [node(1, 0).id], collapsed: true }),
			add("notes", { id: "note.a", text: "é – \u202e", x: 0, y: -3.5 }),
			add("links", { source: node(1, 0).id, target: node(2, 0).id, text: "" }),
			add("pins", { id: "mlp_0.1", order: 3 }),
			add("pinSets", { id: "mine", members: ["mlp_0.1"] }),
			add("labels", { id: "mlp_0.2", text: "two" }),
		];
		const states = changes.map((change) => {
			edit(store, change);
			return store.circuits.load("one");
		});
		store.dispose();
		store = new Store(path);
		expect(store.circuits.load("one")).toEqual(states.at(-1));
		for (let i = states.length - 2; i >= 0; i--) {
			store.edits.undo("one");
			expect(store.circuits.load("one"), `after undoing to ${i}`).toEqual(states[i]);
		}
		store.edits.undo("one");
		expect(store.circuits.load("one")).toEqual(before);
		store.dispose();
		store = new Store(path);
		for (const state of states) {
			store.edits.redo("one");
			expect(store.circuits.load("one")).toEqual(state);
		}
		expect(store.edits.redo("one").diff).toEqual({});
		store.dispose();
	});

	test("an edit after an undo ends what could be done again; the log still holds everything", () => {
		const store = new Store(nextPath());
		trace(store, "one", [node(1, 0.1)], []);
		edit(store, add("pins", { id: "mlp_0.1", order: 0 }), "Pin one");
		store.edits.undo("one");
		edit(store, add("pins", { id: "mlp_0.2", order: 0 }), "Pin two");
		expect(store.edits.redo("one").diff).toEqual({});
		expect(store.circuits.history("one").map(({ label, kind, ofStep }) => [label, kind, ofStep])).toEqual([
			["Trace by gradients: cross-entropy, 3 nodes a site, 3 edges a node", "change", null],
			["Pin one", "change", null],
			["Pin one", "undo", 2],
			["Pin two", "change", null],
		]);
		store.dispose();
	});

	test("undoing a trace takes its nodes away and redoing brings them back with the runs that gave them", () => {
		const store = new Store(nextPath());
		trace(store, "one", [node(1, 0.1)], []);
		trace(store, "one", [node(1, 0.1), node(2, 0.2)], [edge(1, 2, 0.5)]);
		store.edits.undo("one");
		expect(store.circuits.load("one").nodes.map(({ id }) => id)).toEqual([node(1, 0).id]);
		expect([store.circuits.runsOf("one").length, store.circuits.list()[0]?.runs]).toEqual([1, 1]);
		store.edits.undo("one");
		expect([store.circuits.runsOf("one").length, store.circuits.lastRun("one")]).toEqual([0, undefined]);
		store.edits.redo("one");
		store.edits.redo("one");
		expect([store.circuits.runsOf("one").length, store.circuits.list()[0]?.runs]).toEqual([2, 2]);
		expect([...store.circuits.load("one").edges]).toEqual([edge(1, 2, 0.5)]);
		expect(store.circuits.provenance("one").edges.size).toBe(1);
		store.dispose();
	});

	test("two people who change one record make two changes, and each is taken back to what it found", () => {
		const store = new Store(nextPath());
		trace(store, "one", [node(1, 0.1)], []);
		const place = (x: number) => ({ id: node(1, 0).id, x, dy: 0 });
		edit(store, add("places", place(1)));
		const stale = { places: { added: [], updated: [[place(1), place(5)]] as const, removed: [] } };
		edit(store, { places: { added: [], updated: [[place(1), place(9)]], removed: [] } });
		expect(edit(store, stale).diff).toEqual({ places: { added: [], updated: [[place(9), place(5)]], removed: [] } });
		store.edits.undo("one");
		expect(store.circuits.load("one").places).toEqual([place(9)]);
		store.dispose();
	});

	test("what changes nothing is no step; what is removed twice is removed once", () => {
		const store = new Store(nextPath());
		trace(store, "one", [node(1, 0.1)], []);
		const pin = { id: "mlp_0.1", order: 0 };
		edit(store, add("pins", pin));
		edit(store, add("pins", pin));
		const remove = { pins: { added: [], updated: [], removed: [pin] } };
		edit(store, remove);
		edit(store, remove);
		expect(store.circuits.history("one")).toHaveLength(3);
		store.dispose();
	});

	test("going to a state is a change like any other; a layout is none", () => {
		const store = new Store(nextPath());
		trace(store, "one", [node(1, 0.1)], []);
		edit(store, add("pins", { id: "mlp_0.1", order: 0 }));
		store.edits.saveLayout("one", [{ id: node(1, 0).id, x: 7, dy: 7 }]);
		store.edits.goTo("one", 1);
		expect(store.circuits.load("one").pins).toEqual([]);
		expect(store.circuits.load("one").places).toEqual([{ id: node(1, 0).id, x: 7, dy: 7 }]);
		store.edits.undo("one");
		expect(store.circuits.load("one").pins).toHaveLength(1);
		expect(() => store.edits.goTo("one", 77)).toThrow(/no step 77/);
		store.dispose();
	});

	test("a label belongs to the dictionary's feature: the next circuit with it has it too", () => {
		const store = new Store(nextPath());
		trace(store, "one", [node(1, 0.1)], []);
		edit(store, add("labels", { id: "mlp_0.1", text: "brackets" }));
		trace(store, "two", [node(1, 0.3)], []);
		expect(store.circuits.load("two").labels).toEqual([{ id: "mlp_0.1", text: "brackets" }]);
		expect(
			store.circuits
				.containing("mlp", 0, 1, "dh")
				.map(({ name }) => name)
				.sort(),
		).toEqual(["one", "two"]);
		store.dispose();
	});

	test("what a trace had found when it was cut off makes room for the whole", () => {
		const store = new Store(nextPath());
		const run = store.runs.start(request, {}, "one");
		store.circuits.create("one");
		store.circuits.merge("one", run, { nodes: [node(1, 0.1), node(9, 0.9)], edges: [] }, "Part of a trace");
		store.runs.stop(run, "failed", "the engine died");
		edit(store, add("pins", { id: "mlp_0.1", order: 0 }));
		store.finishRun(store.runs.start(request, {}, "one"), "one", request, result([node(1, 0.1), node(2, 0.2)], []));
		const { nodes, pins } = store.circuits.load("one");
		expect(nodes.map(({ id }) => id).sort()).toEqual([node(1, 0).id, node(2, 0).id]);
		expect(pins).toHaveLength(1);
		store.dispose();
	});

	test("views, settings and folders are kept; a circuit that is renamed keeps all of it", () => {
		const path = nextPath();
		let store = new Store(path);
		trace(store, "one", [node(1, 0.1)], []);
		store.edits.saveView("one", { zoom: 2 });
		store.settings.save("theme", "dark");
		store.settings.addFolder("/models");
		store.circuits.rename("one", "uno");
		store.dispose();
		store = new Store(path);
		expect([store.edits.loadView("uno"), store.settings.load(), store.settings.folders()]).toEqual([
			{ zoom: 2 },
			{ theme: "dark" },
			["/models"],
		]);
		expect(() => store.circuits.rename("one", "x")).toThrow(/no circuit "one"/);
		store.dispose();
	});
});
