import { join } from "node:path";
import type { Collection, DocumentRecords } from "../../main/shared/document.ts";
import type { DocumentDiff } from "../../main/shared/document-diff.ts";
import type { Store } from "../../main/store/store.ts";
import { edge, node, result } from "../store/example-circuit.ts";
import { request } from "../store/example-request.ts";

const add = <K extends Collection>(name: K, ...added: DocumentRecords[K][]): DocumentDiff => ({
	[name]: { added, updated: [], removed: [] },
});

const token = { id: "token.464@0", kind: "token", feature: 464, position: 0, activation: 1, attribution: 0 } as const;
const logit = { id: "logit.8@1", kind: "logit", feature: 8, position: 1, activation: 9.5, attribution: -1e-7 } as const;
const error = {
	id: "mlp_error_0@1",
	kind: "error",
	site: "mlp",
	layer: 0,
	position: 1,
	activation: 0.1,
	attribution: 0.30000000000000004,
} as const;

/** Words as people write them, and as nobody should. */
export const hostileText = `<script>alert(1)</script> & "x" 'y' \u202e é 😀 ]]> --> */ \\ \n line two \t =1+1`;

const validation = (folder: string) => ({
	pins: ["mlp_0.1"],
	corpus: join(folder, "text.txt"),
	baseline: "zero",
	errors: "keep",
});
const figure = { value: 0.5, interval: [0.4, 0.6] };
const validationBody = {
	...{ sequences: 3, tokens: 60, predictions: 57, notes: [], baseLoss: 3.1, ablatedLoss: 3.5, kl: 0.1, increases: [] },
	...{ decreases: [{ token: " the", effect: -0.1 }], emptyLoss: 5, circuitLoss: 4, complementLoss: 3.2 },
	...{ faithfulness: figure, completeness: null, provider: "cpu", seconds: 1, reused: 0 },
};

/** A circuit that has a row in every table that a circuit can have rows in: two runs, one cut off, edits, undo, reports. */
export function makeRichCircuit(store: Store, name: string, folder = "/nowhere"): void {
	const first = { ...request, modelDir: join(folder, "model"), dictionaryDirs: [join(folder, "saes")] };
	const cutOff = store.runs.start({ ...first, prompt: "other" }, { scd: "1" }, name);
	store.circuits.merge(name, cutOff, { nodes: [node(9, 0.5)], edges: [] }, "Part of a trace");
	store.runs.stop(cutOff, "cancelled", "The trace was cancelled.");
	const nodes = [node(1, 0.1), node(2, -0.2), node(3, 1 / 3), error, token, logit];
	const edges = [
		edge(1, 2, 0.5),
		edge(2, 3, -1e-300),
		{ source: token.id, target: node(1, 0).id, weight: 2 / 3 },
		{ source: node(3, 0).id, target: logit.id, weight: -0.25 },
		{ source: error.id, target: logit.id, weight: 123456.789 },
	];
	store.finishRun(store.runs.start(first, { scd: "1", node: "24" }), name, first, result(nodes, edges));
	const again = { ...first, metric: "logit(8)", layers: "0:1" };
	store.finishRun(store.runs.start(again, { scd: "2" }), name, again, {
		...result([node(1, 0.15), node(4, 4)], [edge(4, 1, -7)]),
		metric: { name: "logit(8)", value: -2.25 },
		explained: null,
		providerFallback: "webgpu: no adapter",
	});
	let edits = 0;
	const edit = (diff: DocumentDiff, label: string) => store.edits.edit(name, diff, label, `edit-${name}-${edits++}`);
	edit(add("places", { id: node(1, 0).id, x: 1.5, dy: -2 }), "Move");
	edit(add("hidden", { id: node(2, 0).id }), "Hide");
	edit(
		add("groups", { id: "group.a", name: hostileText.slice(0, 60), members: [node(1, 0).id], collapsed: true }),
		"Group",
	);
	edit(add("notes", { id: "note.a", text: hostileText, x: 0, y: -3.5 }), "Note");
	edit(add("links", { source: node(1, 0).id, target: node(2, 0).id, text: "a guess" }), "Draw");
	edit(add("pins", { id: "mlp_0.1", order: 3 }), "Pin");
	edit(add("pinSets", { id: "mine", members: ["mlp_0.1"] }), "Set");
	edit(add("story", { id: "story.a", order: 0, path: [node(1, 0).id, node(2, 0).id], text: hostileText }), "Tell");
	edit(add("labels", { id: "mlp_0.2", text: hostileText }), "Label");
	edit({ nodes: { added: [], updated: [], removed: [node(9, 0.5)] } }, "Delete");
	edit(add("notes", { id: "note.b", text: "taken back", x: 0, y: 0 }), "Note");
	store.edits.undo(name);
	store.edits.saveLayout(name, [{ id: node(3, 0).id, x: 7.25, dy: 0 }]);
	store.edits.saveView(name, { camera: { x: 1, y: 2, zoom: 0.5 }, foldPositions: true, selection: [node(1, 0).id] });
	store.reports.save("validation", name, validation(folder), validationBody, { scd: "1" });
	store.facts.save("dh", [
		{
			feature: 1,
			frequency: 0.013,
			maxActivation: 4.123456789,
			contexts: [{ tokens: ["a", hostileText], activations: [0, 1.5], peak: 1 }],
			raises: [{ token: " the", effect: 0.1234 }],
			lowers: [{ token: "\u0000", effect: -2 }],
			histogram: { max: 4.5, counts: [3, 0, 1] },
		},
	]);
}
