import { type Command, InvalidArgumentError } from "commander";
import { EdgeList } from "#shared/edge-list";
import { edgeEffect, signed } from "#shared/effect";
import { countedTwice, cutOffUnknown, isCutOffUnknown } from "#shared/score-words";
import { describeCircuit, judgeDocument, scoreDocument } from "../app/circuit-description.ts";
import { buildScoredNodes, buildScoresJson, buildVerdictJson } from "../export/circuit-json.ts";
import { defaultDatabasePath } from "../store/open-database.ts";
import { Store } from "../store/store.ts";
import { defineCompareCommand } from "./circuit-compare-command.ts";
import { defineEdgeCommand } from "./circuit-edge-command.ts";
import { definePathsCommand } from "./circuit-paths-command.ts";
import { databaseOption, jsonOption, parseCount } from "./options.ts";
import { printJson, printResult } from "./terminal.ts";
import { listScores, listVerdict } from "./trace-summary.ts";

export interface StoreOptions {
	readonly db?: string;
	readonly json?: true;
}

export function defineCircuitsCommand(circuits: Command): void {
	circuits
		.command("list", { isDefault: true })
		.description("List what is stored, newest first.")
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action(listCircuits);
	circuits
		.command("show")
		.description("Show a circuit's nodes, edges and steps.")
		.argument("<name>")
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action(showCircuit);
	definePathsCommand(circuits);
	defineEdgeCommand(circuits);
	defineCompareCommand(circuits);
	circuits
		.command("delete")
		.description("Delete a circuit. Its runs and their results stay.")
		.argument("<name>")
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action((name: string, options: StoreOptions) =>
			withStore(options, (store) => {
				store.circuits.delete(name);
				if (options.json) printJson({ deleted: name });
				else printResult(`Deleted "${name}".`);
			}),
		);
	circuits
		.command("branch")
		.description("Copy a circuit, now or as it was after a step, under a new name.")
		.argument("<name>")
		.argument("<new-name>", "name of the copy", (text) => {
			if (text.trim() === "") throw new InvalidArgumentError("It is empty");
			return text;
		})
		.option("--step <n>", "the state after this step of its history", parseCount)
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action((name: string, copy: string, options: StoreOptions & { step?: number }) =>
			withStore(options, (store) => {
				store.circuits.branch(name, copy, options.step);
				if (options.json) printJson({ name: copy, branch_of: name });
				else printResult(`"${copy}" is now a copy of "${name}".`);
			}),
		);
}

export function withStore(options: StoreOptions, action: (store: Store) => void): void {
	const store = new Store(options.db ?? defaultDatabasePath());
	try {
		action(store);
	} finally {
		store.dispose();
	}
}

const showTime = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");

function listCircuits(options: StoreOptions): void {
	withStore(options, (store) => {
		const circuits = store.circuits.list();
		if (options.json)
			return printJson({
				circuits: circuits.map(({ name, nodes, edges, runs, createdAt, updatedAt, branchOf }) => ({
					name,
					nodes,
					edges,
					runs,
					created_at: new Date(createdAt).toISOString(),
					updated_at: new Date(updatedAt).toISOString(),
					branch_of: branchOf,
				})),
			});
		if (circuits.length === 0)
			return printResult('Nothing is stored yet. Begin with: scd trace --prompt "Copyright (C)"');
		const widest = Math.max(...circuits.map(({ name }) => name.length));
		for (const { name, nodes, edges, runs, updatedAt, branchOf } of circuits)
			printResult(
				`${name.padEnd(widest)}  ${String(nodes).padStart(5)} nodes ${String(edges).padStart(6)} edges ${String(runs).padStart(3)} ${runs === 1 ? "run " : "runs"}  ${showTime(updatedAt)}${branchOf === null ? "" : `  branch of ${branchOf}`}`,
			);
	});
}

function showCircuit(name: string, options: StoreOptions): void {
	withStore(options, (store) => {
		const { nodes, edges, labels } = store.circuits.load(name);
		const described = describeCircuit(store, name);
		const scores = scoreDocument({ nodes, edges }, described);
		const verdict = judgeDocument(store, name, { nodes, edges });
		const own = new Map(labels.map(({ id, text }) => [id, { text, by: "person" as const }]));
		const history = store.circuits.history(name);
		if (options.json)
			return printJson({
				name,
				...buildScoresJson(scores),
				...(verdict && { known_circuit: buildVerdictJson(verdict) }),
				nodes: buildScoredNodes({ nodes, edges }, described.metric.name, own, described.scored),
				edges,
				history: history.map(({ step, run, label, at }) => ({ step, run, label, at: new Date(at).toISOString() })),
			});
		printResult(`${name}: ${nodes.length} nodes, ${edges.length} edges`);
		const isUnknown = scores.completeness !== null && isCutOffUnknown(store.circuits.lastRun(name)?.request, nodes);
		const doubt = scores.isDoubled ? [countedTwice] : isUnknown ? [cutOffUnknown] : [];
		for (const line of [...listScores(scores), ...doubt, ...listVerdict(verdict)]) printResult(`  ${line}`);
		for (const { step, label, at } of history) printResult(`  ${step}. ${label}  ${showTime(at)}`);
		const list = EdgeList.from(edges);
		const metricName = store.circuits.lastRun(name)?.metricName ?? "cross_entropy";
		if (edges.length > 0) printResult("  Strongest edges: + raises the target, − lowers it");
		const strongest = list.pick(list.strongestFirst.subarray(0, 25));
		for (const { source, target, weight } of strongest)
			printResult(`  ${signed(edgeEffect({ metricName }, weight)).padStart(9)}  ${source} → ${target}`);
		if (edges.length > strongest.length)
			printResult(`  … and ${edges.length - strongest.length} weaker edges (--json lists all)`);
	});
}
