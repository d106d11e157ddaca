import type { Command } from "commander";
import { AppError } from "#shared/errors";
import { withoutPosition } from "#shared/node-id";
import { PathGraph, type StrongestPaths } from "#shared/paths";
import type { Store } from "../store/store.ts";
import { type StoreOptions, withStore } from "./circuits-command.ts";
import { databaseOption, jsonOption, parseNodes } from "./options.ts";
import { printJson, printResult } from "./terminal.ts";

interface PathsOptions extends StoreOptions {
	readonly count: number;
}

export function definePathsCommand(circuits: Command): void {
	circuits
		.command("paths")
		.description("Show the strongest paths of a circuit: through a node, or all the way from the tokens to the target.")
		.argument("<name>")
		.argument("[node]", "as scd circuits show writes it; without a position at all of its positions together")
		.option("--count <n>", "how many of each kind", parseNodes, 10)
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action((name: string, node: string | undefined, options: PathsOptions) =>
			withStore(options, (store) => showPaths(store, name, node, options)),
		);
}

function showPaths(store: Store, name: string, node: string | undefined, { count, json }: PathsOptions): void {
	const { nodes, edges } = store.circuits.load(name);
	const graph = new PathGraph({ nodes, edges, metricName: store.circuits.lastRun(name)?.metricName ?? "" });
	const meant = nodes.map(({ id }) => id).filter((id) => id === node || withoutPosition(id) === node);
	if (node !== undefined && meant.length === 0)
		throw new AppError("not-found", `"${name}" holds no node ${node}. scd circuits show ${name} --json lists all.`, {
			node,
		});
	const found: Readonly<Record<string, StrongestPaths>> =
		node === undefined
			? { throughout: graph.throughout(count) }
			: { to_target: graph.toTarget(meant, count), from_tokens: graph.fromTokens(meant, count) };
	if (json) printJson({ circuit: name, node: node ?? null, ...found });
	else
		for (const [kind, paths] of Object.entries(found))
			printResult(describePaths(titles(graph.beginsAtTokens)[kind] as string, paths));
}

const titles = (hasTokens: boolean): Readonly<Record<string, string>> => ({
	throughout: hasTokens ? "From the tokens to the target" : "Through the circuit",
	to_target: "To the target",
	from_tokens: hasTokens ? "From the tokens" : "From where nothing leads in",
});

function describePaths(title: string, { paths, carried }: StrongestPaths): string {
	if (paths.length === 0) return `${title}: no path in this circuit.`;
	const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
	return [
		`${title}: ${paths.length === 1 ? "the strongest, which carries" : `the ${paths.length} strongest, which carry`} ${percent(carried)} of what all carry`,
		...paths.map(({ nodes, share }) => `  ${percent(share).padStart(6)}  ${nodes.join(" → ")}`),
	].join("\n");
}
