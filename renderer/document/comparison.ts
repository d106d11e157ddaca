import { type CircuitUnion, type ComparedSide, type MatchBy, uniteCircuits } from "#shared/compare-circuits";
import type { RunDescription } from "#shared/contract/results";
import { type CircuitDocument, emptyDocument, type Place } from "#shared/document";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import { initialView, type SavedView } from "#shared/saved-view";
import { client } from "../bridge/connection.ts";
import {
	type ComparedRun,
	type ComparedState,
	type Comparison,
	isComparing,
	useComparison,
	usualDifference,
} from "./comparison-store.ts";
import { leavePreview, useDocument } from "./document-store.ts";
import { loadFactsFor, loadFactsOfBoth } from "./facts-store.ts";
import { useViewHistory } from "./view-history.ts";
import { saveViewSoon, useView } from "./view-store.ts";

/** How the open circuit was looked at, for when the comparison is closed. */
let aside: { readonly view: SavedView; readonly history: ReturnType<typeof useViewHistory.getState> } | undefined;
/** Counts what was asked for: an older answer is dropped. */
let newest = 0;

/** Lays two circuits on the canvas as one; each is a name, or `name@step`. */
export async function startComparison(left: string, right: string, asked?: MatchBy): Promise<void> {
	const mine = ++newest;
	const [one, two] = await Promise.all([loadState(left), loadState(right)]);
	if (mine === newest) show(one, two, asked);
}

export function swapComparison(): void {
	const { comparison } = useComparison.getState();
	if (comparison) show(comparison.right, comparison.left, comparison.asked);
}

export function matchBy(asked: MatchBy): void {
	const { comparison } = useComparison.getState();
	if (comparison) show(comparison.left, comparison.right, asked);
}

/** The open circuit is on the canvas again, as it was. */
export function closeComparison(): void {
	newest++;
	if (!isComparing()) return;
	useComparison.setState({ comparison: null, ...usualDifference });
	if (aside) {
		useView.setState(aside.view);
		useViewHistory.setState(aside.history);
	}
	aside = undefined;
	const { name, document } = useDocument.getState();
	if (name !== null) loadFactsFor(name, document.nodes);
}

/** A comparison is of the circuit that is open: with another it ends. */
export function startComparisons(): void {
	useDocument.subscribe(({ name }, before) => {
		if (name !== before.name) closeComparison();
	});
}

function show(left: ComparedState, right: ComparedState, asked: MatchBy | undefined): void {
	const union = uniteCircuits(
		{ circuit: left.document, run: left.run },
		{ circuit: right.document, run: right.run },
		asked,
	);
	const comparison: Comparison = {
		left,
		right,
		asked,
		union,
		document: documentOf(union, left, right),
		run: runOf(union, left.run, right.run),
	};
	leavePreview();
	if (!aside) {
		saveViewSoon.flush();
		aside = { view: useView.getState(), history: useViewHistory.getState() };
	}
	const { columns, mode } = aside.view;
	useComparison.setState({ comparison });
	useView.setState({ ...initialView, columns, mode });
	useViewHistory.setState({ done: [], undone: [] });
	loadFactsOfBoth([featuresOf(union.left, left.name), featuresOf(union.right, right.name)]);
}

/** Nodes stand where they stand in the left circuit, notes and groups are left out: they say nothing of the other. */
function documentOf(
	{ nodes, edges, left: one, right: two }: CircuitUnion,
	left: ComparedState,
	right: ComparedState,
): CircuitDocument {
	const places = new Map(left.document.places.map((place) => [place.id, place]));
	const kept = [...one.ownIds].flatMap(([id, own]): Place[] => {
		const place = places.get(own);
		return place ? [{ ...place, id }] : [];
	});
	const labels = [two, one].flatMap((side) => {
		const own = new Map((side === one ? left : right).document.labels.map(({ id, text }) => [id, text]));
		return [...side.ownIds].flatMap(([id, ownId]) => {
			const text = own.get(withoutPosition(ownId));
			return text === undefined ? [] : [[withoutPosition(id), text] as const];
		});
	});
	return {
		...emptyDocument,
		nodes,
		edges,
		places: kept,
		labels: [...new Map(labels)].map(([id, text]) => ({ id, text })),
	};
}

function runOf(
	{ tokens, left: one, right: two }: CircuitUnion,
	left: RunDescription | null,
	right: RunDescription | null,
): ComparedRun | null {
	const run = left ?? right;
	const textsOf = ({ ownIds }: ComparedSide, own: RunDescription | null) =>
		Object.fromEntries(
			[...ownIds.values()].flatMap((id) => {
				const ref = parseNodeId(id);
				const text = ref.kind === "token" && ref.position !== undefined ? own?.tokens[ref.position] : undefined;
				return ref.kind === "token" && text !== undefined ? [[ref.token, text] as const] : [];
			}),
		);
	return (
		run && {
			...run,
			tokens,
			tokenTexts: { ...textsOf(two, right), ...textsOf(one, left) },
			logitTokens: { ...right?.logitTokens, ...left?.logitTokens },
			// The union's numbers are in this metric's sign.
			metricName: "cross_entropy",
			paired: false,
		}
	);
}

function featuresOf({ nodes, ownIds }: ComparedSide, circuit: string) {
	const features = [...nodes.values()]
		.filter(({ kind }) => kind === "feature")
		.sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
		.map(({ id }) => [withoutPosition(id), withoutPosition(ownIds.get(id) ?? id)] as const);
	return { circuit, features: new Map(features) };
}

async function loadState(which: string): Promise<ComparedState> {
	const [, name = which, step] = /^(.*)@(\d+)$/s.exec(which) ?? [];
	const { document, edges, run } = await client.call("circuits.load", { name });
	if (step === undefined) return { which, title: name, name, document, run, edgesLeft: edges - document.edges.length };
	const past = await client.call("circuits.stateAt", { name, step: Number(step) });
	const state = { ...past, places: document.places };
	return { which, title: `${name} after step ${step}`, name, document: state, run, edgesLeft: 0 };
}
