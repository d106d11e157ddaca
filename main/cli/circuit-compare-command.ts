import { type Command, Option } from "commander";
import { buildView } from "#shared/circuit-view";
import { type ComparedCircuit, describeMatch, type MatchBy, uniteCircuits } from "#shared/compare-circuits";
import { compareView, countSides, differenceOf, keepDiffering, sideOf } from "#shared/compared-view";
import { signed } from "#shared/effect";
import { isPaired } from "#shared/trace-request";
import type { Store } from "../store/store.ts";
import { type StoreOptions, withStore } from "./circuits-command.ts";
import { databaseOption, jsonOption, parseNumber } from "./options.ts";
import { printJson, printResult } from "./terminal.ts";

interface CompareOptions extends StoreOptions {
	readonly by?: MatchBy;
	readonly differ?: number;
}

export function defineCompareCommand(circuits: Command): void {
	circuits
		.command("compare")
		.description("Compare two circuits, or two states of one: what only one has, and both figures where both have it.")
		.argument("<left>", "a circuit's name, or NAME@STEP as it was after a step")
		.argument("<right>", "the other")
		.addOption(
			new Option("--by <how>", "a feature is the same at its position, or wherever it is").choices([
				"position",
				"feature",
			]),
		)
		.option("--differ <x>", "only what differs by so much; what one has not counts as 0", parseNumber)
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action((left: string, right: string, options: CompareOptions) =>
			withStore(options, (store) => compareStored(store, left, right, options)),
		);
}

function compareStored(store: Store, left: string, right: string, { by, differ, json }: CompareOptions): void {
	const union = uniteCircuits(loadState(store, left), loadState(store, right), by);
	const all = compareView(buildView({ nodes: union.nodes, edges: union.edges, groups: [] }, false), union);
	const shown = differ === undefined ? all : keepDiffering(all, differ);
	const nodes = shown.nodes.map(({ id }) => {
		const { attribution, activation } = all.nodeFigures(id);
		return {
			id,
			...own(union.left.ownIds.get(id), union.right.ownIds.get(id), "id"),
			side: sideOf(attribution),
			...own(effect(attribution.left), effect(attribution.right), "effect"),
			effect_difference: 0 - differenceOf(attribution),
			...own(activation.left, activation.right, "activation"),
		};
	});
	const edges = shown.edges.map(({ source, target }) => {
		const weights = all.edgeFigures(source, target);
		return {
			source,
			target,
			side: sideOf(weights),
			...own(weights.left, weights.right, "weight"),
			weight_difference: differenceOf(weights),
		};
	});
	const counts = countSides(all);
	const matched = describeMatch(union.match);
	if (json) {
		printJson({ left, right, matched_by: union.match.by, matched, counts, nodes, edges });
		return;
	}
	printResult(`${left} beside ${right}. ${matched}`);
	for (const [side, title] of Object.entries({ left: `only ${left}`, both: "both", right: `only ${right}` }))
		printResult(`  ${title}: ${sayCounts(counts[side as keyof typeof counts])}`);
	printStrongest("Nodes by how much their effect differs", nodes, (node) => [
		node.effect_left,
		node.effect_right,
		node.effect_difference,
		node.id,
	]);
	printStrongest("Edges by how much they differ", edges, (edge) => [
		edge.weight_left,
		edge.weight_right,
		edge.weight_difference,
		`${edge.source} → ${edge.target}`,
	]);
}

const sayCounts = ({ nodes, edges }: ReturnType<typeof countSides>[keyof ReturnType<typeof countSides>]) =>
	`${nodes} nodes, ${edges} edges`;

/** Positive raises the target. */
const effect = (attribution: number | undefined) => (attribution === undefined ? undefined : 0 - attribution);

/** What each circuit has; null where it has none. */
function own<T, K extends string>(left: T | undefined, right: T | undefined, name: K) {
	return { [`${name}_left`]: left ?? null, [`${name}_right`]: right ?? null } as {
		readonly [P in `${K}_left` | `${K}_right`]: T | null;
	};
}

const shownRows = 20;

function printStrongest<Row>(
	title: string,
	rows: readonly Row[],
	read: (row: Row) => readonly [left: number | null, right: number | null, difference: number, name: string],
): void {
	if (rows.length === 0) return;
	const show = (value: number | null) => (value === null ? "–" : signed(value)).padStart(10);
	printResult(`  ${title}: left, right, difference`);
	const sorted = rows.map(read).sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
	for (const [left, right, difference, name] of sorted.slice(0, shownRows))
		printResult(`  ${show(left)}${show(right)}${show(difference)}  ${name}`);
	if (rows.length > shownRows) printResult(`  … and ${rows.length - shownRows} more (--json lists all)`);
}

/** `name` as it is now, or `name@step`; a circuit whose own name ends so is meant where there is one. */
function loadState(store: Store, which: string): ComparedCircuit {
	const isName = store.circuits.list().some(({ name }) => name === which);
	const [, name = which, step] = (isName ? null : /^(.+)@(\d+)$/s.exec(which)) ?? [];
	const circuit = step === undefined ? store.circuits.load(name) : store.circuits.stateAt(name, Number(step));
	const last = store.circuits.lastRun(name);
	const run = last && store.runs.load(last.id);
	if (!last || !run) return { circuit, run: null };
	const { metricName, tokens, request } = last;
	return { circuit, run: { metricName, tokens, paired: isPaired(request), dictionaries: run.dictionaries } };
}
