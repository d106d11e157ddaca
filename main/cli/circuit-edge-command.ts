import type { Command } from "commander";
import { formatNumber } from "#shared/drawing/svg-text";
import type { EdgeExplanation } from "#shared/edge-explanation";
import { EdgeList } from "#shared/edge-list";
import { edgeEffect, nameTarget, nodeEffect, type Question, signed } from "#shared/effect";
import { nameNode } from "#shared/naming";
import { listFeatureRefs } from "#shared/node-id";
import { type Telling, tellEdge } from "#shared/tell-path";
import type { App } from "../app/app.ts";
import { describeCircuit } from "../app/circuit-description.ts";
import { explainStoredEdge } from "../app/explain-edge.ts";
import { lookUpPhrases } from "../app/feature-lookup.ts";
import { lookUpLabels } from "../app/label-lookup.ts";
import type { StoreOptions } from "./circuits-command.ts";
import { databaseOption, jsonOption, memoryOption, openApp } from "./options.ts";
import { printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface EdgeOptions extends StoreOptions {
	readonly measure?: true;
	readonly memoryLimit?: number;
}

export function defineEdgeCommand(circuits: Command): void {
	circuits
		.command("edge")
		.description("Say what carries an edge of a gradient circuit: which heads, from where, and what is left without.")
		.argument("<name>")
		.argument("<source>", "as scd circuits show writes it")
		.argument("<target>")
		.option("--measure", "also take the source out and run the model: what the edge predicts beside what happens")
		.addOption(databaseOption())
		.addOption(memoryOption())
		.addOption(jsonOption())
		.action(showEdge);
}

async function showEdge(name: string, source: string, target: string, options: EdgeOptions): Promise<void> {
	const app = openApp(options);
	try {
		const asked = { source, target, measure: options.measure ?? false };
		const found = await withInterrupt((signal) => explainStoredEdge(app, name, asked, signal));
		for (const note of found.notes) warn(note);
		const telling = buildTelling(app, name);
		const sentence = tellEdge(source, target, telling, found.way);
		if (options.json) printJson({ circuit: name, source, target, sentence, ...found });
		else printResult([sentence, ...describe(found, telling.question)].join("\n"));
	} finally {
		app.dispose();
	}
}

function buildTelling(app: App, name: string): Telling {
	const { nodes, edges, labels } = app.store.circuits.load(name);
	const described = describeCircuit(app.store, name);
	const query = { ...described, features: listFeatureRefs(nodes.map(({ id }) => id)) };
	const byId = new Map(nodes.map((node) => [node.id, node]));
	const list = EdgeList.from(edges);
	const logits = nodes.flatMap((node) =>
		node.kind === "logit" ? [[String(node.feature), described.tokenOf(node)]] : [],
	);
	const { tokens } = described.prompt;
	const source = {
		labels: lookUpLabels(app, query, labels),
		facts: new Map(),
		phrases: lookUpPhrases(app, query),
		run: { tokens, logitTokens: Object.fromEntries(logits) as Record<string, string> },
	};
	return {
		question: { metricName: described.metric.name, paired: described.paired, tokens },
		nodeOf: (id) => byId.get(id),
		nameOf(id) {
			const node = byId.get(id);
			return node ? nameNode(node, source) : { text: id, kind: "id" as const };
		},
		weightOf: (from, to) => list.weights[list.indexOf(from, to)],
	};
}

function describe({ weight, straight, heads, measured }: EdgeExplanation, question: Question): readonly string[] {
	const effect = (amount: number) => signed(edgeEffect(question, amount)).padStart(10);
	const strongest = heads.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 12);
	return [
		`  ${effect(weight)}  the edge: + raises ${nameTarget(question)}, − lowers it`,
		...(heads.length === 0 || straight !== 0 ? [`  ${effect(straight)}  without attention`] : []),
		...strongest.map(
			({ layer, head, weight: share, values, keys, queries, reads }) =>
				`  ${effect(share)}  layer ${layer}, head ${head}: values ${effect(values).trim()}, keys ${effect(keys).trim()}, queries ${effect(queries).trim()}${reads[0] ? `, reads at ${reads[0].position}` : ""}`,
		),
		...(measured ? describeMeasured(measured, question) : []),
	];
}

function describeMeasured(
	{ before, held, free, predicted, weight, metric }: NonNullable<EdgeExplanation["measured"]>,
	question: Question,
): readonly string[] {
	const number = formatNumber;
	const total = (change: number) => signed(nodeEffect({ ...question, paired: false }, change));
	return [
		"With the source taken out:",
		`  the target goes from ${number(before)} to ${number(held)} along this edge (predicted ${number(before + predicted)}), to ${number(free)} by all ways`,
		`  the edge measured: ${signed(edgeEffect(question, weight))}`,
		`  ${nameTarget(question)} by all ways: ${total(metric.after - metric.before)} (predicted ${total(metric.predicted)})`,
	];
}
