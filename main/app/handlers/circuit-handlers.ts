import type { LoadedCircuit, TimelineStep } from "#shared/contract/results";
import { emptyDocument } from "#shared/document";
import { type ImportOutcome, importText } from "../exchange/import-file.ts";
import type { AppHandlers } from "../router.ts";
import { describeRuns } from "../run-description.ts";
import type { Service } from "../service.ts";
import { openThumbnails } from "../thumbnail.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `circuits.${string}`>>;

/** Circuits: what is stored, and every edit of it. */
export function buildCircuitHandlers(service: Service): Part {
	const { store } = service.app;
	return {
		"circuits.list": async () => store.circuits.list(),
		"circuits.create": async ({ name }) => {
			store.circuits.create(name);
			service.tell("circuits", {});
			return null;
		},
		"circuits.import": async ({ text, file, circuit }) => {
			const outcome = await importText(store, text, file, circuit === undefined ? {} : { circuit });
			announceImports(service, [outcome]);
			const { merged: _, ...summary } = outcome;
			return summary;
		},
		"circuits.load": async ({ name }) => loadCircuit(service, name),
		"circuits.edgesOf": async ({ name, nodes }) => ({ edges: store.circuits.edgesOf(name, nodes) }),
		"circuits.rename": async ({ from, to }) => {
			store.circuits.rename(from, to);
			service.jobs.rename(from, to);
			service.tasks.rename(from, to);
			service.tell("circuits", { renamed: { from, to } });
			return null;
		},
		"circuits.delete": async ({ name }) => {
			store.circuits.delete(name);
			service.tell("circuits", { deleted: name });
			return null;
		},
		"circuits.branch": async ({ from, to, step }) => {
			store.circuits.branch(from, to, step);
			service.tell("circuits", {});
			return null;
		},
		"circuits.edit": async ({ name, diff, label, edit }) =>
			service.announce(name, store.edits.edit(name, diff, label, edit)),
		"circuits.undo": async ({ name }) => service.announce(name, store.edits.undo(name)),
		"circuits.redo": async ({ name }) => service.announce(name, store.edits.redo(name)),
		"circuits.goTo": async ({ name, step }) => service.announce(name, store.edits.goTo(name, step)),
		"circuits.nameStep": async ({ name, step, label }) => {
			store.circuits.nameStep(name, step, label);
			return null;
		},
		"circuits.stateAt": async ({ name, step }) => store.circuits.stateAt(name, step),
		"circuits.timeline": async ({ name }) => drawTimeline(service, name),
		"circuits.saveLayout": async ({ name, places }) => {
			store.edits.saveLayout(name, places);
			return null;
		},
		"circuits.saveView": async ({ name, view }) => {
			store.edits.saveView(name, view);
			return null;
		},
	};
}

/** Tells every window of circuits that came from files. */
export function announceImports(service: Service, outcomes: readonly ImportOutcome[]): void {
	service.tell("circuits", {});
	for (const { circuit, merged } of outcomes)
		if (merged) service.announce(circuit, { step: merged.step, diff: merged.diff, label: "Imported" });
}

function drawTimeline({ app: { store } }: Service, name: string): readonly TimelineStep[] {
	const states = store.circuits.states(name)[Symbol.iterator]();
	const draw = openThumbnails(store, name);
	return store.circuits.history(name).map(({ step, run, label, at, kind }) => {
		const { nodes, edges, groups, hidden } = states.next().value ?? emptyDocument;
		const thumbnail = draw({ nodes, edges, groups, hidden });
		return { step, run, label, at, kind, nodes: nodes.length, edges: edges.length, thumbnail };
	});
}

/** What a page takes at once; the rest is loaded node by node. */
const mostEdges = 1_000_000;

function loadCircuit(service: Service, name: string): LoadedCircuit {
	const { store } = service.app;
	const { document, edges } = store.circuits.loadStrongest(name, mostEdges);
	return {
		name,
		edges,
		step: store.circuits.history(name).at(-1)?.step ?? 0,
		document,
		...service.undoLabels(name),
		view: store.edits.loadView(name) ?? null,
		...describeRuns(service, name, document.nodes),
	};
}
