import type { CircuitNode } from "#shared/circuit";
import { formatNumber } from "#shared/drawing/svg-text";
import { EdgeList } from "#shared/edge-list";
import { edgeEffect, nameTarget, nodeEffect, noQuestion, type Question, sayEdge, signed } from "#shared/effect";
import { describeVerdict } from "#shared/known-circuit";
import { nameNodes, writeName } from "#shared/naming";
import type { Report, ReportBlock, ReportTable } from "#shared/report";
import { countedTwice, cutOffUnknown, scoreMeaning, showScore } from "#shared/score-words";
import { remainderOf, type ScoredCircuit, scoreCircuit } from "#shared/scores";
import { compareSiteNames } from "#shared/site";
import { storyOf } from "#shared/story";
import { describeTexts } from "#shared/validation";
import type { ReportSource } from "./report-source.ts";
import { describeRun, listDoubts, tabulate } from "./report-validation.ts";

/** Rows of a table: more are in the circuit, which travels in the file. */
const most = 40;
const percent = (share: number) => `${(100 * share).toFixed(0)}%`;

/** A circuit as a claim: what it is, how much it explains, what was tried against it, and how to have it again. */
export function buildReport(source: ReportSource, figureCaption: string): Report {
	const facts = gatherFacts(source);
	return {
		title: source.name,
		blocks: [
			...introduce(source, facts),
			{ kind: "heading", level: 2, text: "The circuit" },
			{ kind: "figure", caption: figureCaption },
			...tellStory(source, facts),
			...listFeatures(source, facts),
			...listEdges(source, facts),
			...listValidations(source),
			{ kind: "heading", level: 2, text: "What was tried and did not hold" },
			{ kind: "list", items: [...listFailures(source, facts)] },
			...reproduce(source),
		],
	};
}

interface CircuitFacts {
	readonly question: Question;
	readonly edges: EdgeList;
	readonly nodes: ReadonlyMap<string, CircuitNode>;
	readonly scored: ScoredCircuit;
	/** Whether the edges are effects on the target, so that influences mean something. */
	readonly isScored: boolean;
	nameOf(id: string): string;
}

function gatherFacts({ document, run, labels, facts, provenance }: ReportSource): CircuitFacts {
	const edges = EdgeList.from(document.edges);
	const names = nameNodes(document.nodes, { labels: new Map(labels), facts: new Map(facts), run });
	return {
		question: run ?? noQuestion,
		edges,
		nodes: new Map(document.nodes.map((node) => [node.id, node])),
		scored: scoreCircuit({ nodes: document.nodes, edges, metricName: run?.metricName ?? "" }),
		isScored: provenance.scores.completeness !== null,
		nameOf: (id) => {
			const name = names.get(id);
			return name ? writeName(name) : id;
		},
	};
}

function* introduce(source: ReportSource, { question, edges }: CircuitFacts): Generator<ReportBlock> {
	const { provenance, document, verdict } = source;
	const { model, prompt, metric, scores, method } = provenance;
	const count = (kind: CircuitNode["kind"]) => document.nodes.filter((node) => node.kind === kind).length;
	yield {
		kind: "text",
		text: [
			`A circuit of ${model?.name ?? "a model that is not named"}`,
			prompt === undefined ? "" : ` on the prompt ${JSON.stringify(prompt)}`,
			`: ${count("feature").toLocaleString("en")} features, ${count("error").toLocaleString("en")} error nodes and ${edges.length.toLocaleString("en")} direct effects that lead to ${nameTarget(question)}, found by ${method}`,
			metric ? `; ${metric.name} is ${formatNumber(metric.value)}.` : ".",
		].join(""),
	};
	if (verdict) yield { kind: "text", text: `Known circuit, by ${verdict.method}: ${describeVerdict(verdict)}.` };
	const rows = (["replacement", "completeness"] as const).flatMap((name) => {
		const score = scores[name];
		const title = name === "replacement" ? "Replacement score" : "Completeness score";
		return score === null ? [] : [[title, showScore(score), "exact", scoreMeaning[name]]];
	});
	const [newest] = source.validations;
	const where = newest ? ` Over ${describeTexts(newest.request, newest.report.sequences)}.` : "";
	for (const [title, figure, meaning] of [
		[
			"Faithfulness",
			newest?.report.faithfulness,
			"Of the model’s effect, the share that the circuit alone brings about.",
		],
		["Left without the circuit", newest?.report.completeness, "The share that is left when the circuit is taken away."],
	] as const) {
		if (figure === undefined) continue;
		const [row] = newest ? tabulate(newest).rows.filter(([name]) => name?.startsWith(title)) : [];
		rows.push([title, row?.[1] ?? "", row?.[2] ?? "", meaning + where]);
	}
	if (rows.length === 0) return;
	yield { kind: "heading", level: 2, text: "How much of it is explained" };
	yield {
		kind: "table",
		columns: [
			{ name: "Score" },
			{ name: "Value", isNumber: true },
			{ name: "95% interval", isNumber: true },
			{ name: "What it says" },
		],
		rows,
	};
	yield {
		kind: "text",
		text: "The first two are counted over the circuit and have no spread; intervals of the others resample texts, 1,000 times.",
	};
}

function* tellStory({ document }: ReportSource, { nameOf }: CircuitFacts): Generator<ReportBlock> {
	const steps = storyOf(document);
	if (steps.length === 0) return;
	yield { kind: "heading", level: 2, text: "Story" };
	yield {
		kind: "list",
		ordered: true,
		items: steps.map(({ path, text }) =>
			[text, path.length > 0 ? `(${path.map(nameOf).join(" → ")})` : ""].filter((part) => part !== "").join(" "),
		),
	};
}

function* listFeatures({ document }: ReportSource, facts: CircuitFacts): Generator<ReportBlock> {
	const { scored, isScored, question, nameOf } = facts;
	const weighed = document.nodes
		.map((node, i) => ({ node, weight: isScored ? (scored.influence[i] as number) : Math.abs(node.attribution) }))
		.filter(({ node }) => node.kind === "feature")
		.sort((a, b) => b.weight - a.weight);
	if (weighed.length === 0) return;
	yield { kind: "heading", level: 2, text: "Features" };
	yield {
		kind: "text",
		text: `Effects are on ${nameTarget(question)}: + raises it, − lowers it.${isScored ? " Influence is the share of the target’s inputs that goes through a feature, by all paths; the largest come first." : " The largest come first."}`,
	};
	yield {
		kind: "table",
		columns: [
			{ name: "Feature" },
			{ name: "Name" },
			{ name: "Effect", isNumber: true },
			{ name: "Activation", isNumber: true },
			...(isScored ? [{ name: "Influence", isNumber: true } as const] : []),
		],
		rows: weighed
			.slice(0, most)
			.map(({ node, weight }) => [
				node.id,
				nameOf(node.id),
				signed(nodeEffect(question, node.attribution)),
				formatNumber(node.activation),
				...(isScored ? [percent(weight)] : []),
			]),
		...restOf(weighed.length, "features"),
	};
}

function* listEdges(_: ReportSource, { edges, question, nameOf }: CircuitFacts): Generator<ReportBlock> {
	if (edges.length === 0) return;
	yield { kind: "heading", level: 2, text: "Strongest direct effects" };
	yield {
		kind: "table",
		columns: [{ name: "From" }, { name: "To" }, { name: "Effect", isNumber: true }, { name: "In words" }],
		rows: [...edges.pick(edges.strongestFirst.slice(0, most))].map(({ source, target, weight }) => {
			const effect = edgeEffect(question, weight);
			return [nameBoth(source, nameOf), nameBoth(target, nameOf), signed(effect), sayEdge(question, effect)];
		}),
		...restOf(edges.length, "direct effects"),
	};
}

const nameBoth = (id: string, nameOf: (id: string) => string) => {
	const name = nameOf(id);
	return name.includes(id) ? name : `${name} (${id})`;
};

const restOf = (all: number, what: string): Pick<ReportTable, "rest"> =>
	all <= most ? {} : { rest: `${most} of ${all.toLocaleString("en")} ${what}; the others are in the circuit itself.` };

function* listValidations({ validations }: ReportSource): Generator<ReportBlock> {
	yield { kind: "heading", level: 2, text: "How sure one can be" };
	if (validations.length === 0) {
		yield {
			kind: "text",
			text: "Nothing was intervened on yet: scores of the graph say how much of the gradients’ effects it accounts for, not that the model would do the same with the circuit alone. A validation does.",
		};
		return;
	}
	for (const [i, validation] of validations.entries()) {
		if (validations.length > 1) yield { kind: "heading", level: 3, text: `Validation ${validations.length - i}` };
		yield { kind: "text", text: describeRun(validation) };
		yield tabulate(validation);
		for (const note of validation.report.notes) yield { kind: "text", text: note };
	}
}

function* listFailures(source: ReportSource, facts: CircuitFacts): Generator<string> {
	const { document, runs, validations, verdict } = source;
	let count = 0;
	function* told(sentences: Iterable<string>) {
		for (const sentence of sentences) {
			count++;
			yield sentence;
		}
	}
	if (verdict && (verdict.missing.length > 0 || verdict.others.some(({ isSink }) => !isSink)))
		yield* told([`The known circuit was not found exactly: ${describeVerdict(verdict)}.`]);
	for (const validation of validations) yield* told(listDoubts(validation));
	yield* told(describeCut(source, facts));
	for (const { status, error, method, at } of runs)
		if (status !== "done")
			yield* told([
				`A trace by ${method} of ${new Date(at).toISOString().slice(0, 10)} ${status === "failed" ? "failed" : `was ${status}`}${error ? `: ${error}` : "."}`,
			]);
	if (document.hidden.length > 0)
		yield* told([
			`${document.hidden.length} ${document.hidden.length === 1 ? "node is" : "nodes are"} hidden by hand in the figure, and count in every score.`,
		]);
	if (document.links.length > 0)
		yield* told([
			`${document.links.length} ${document.links.length === 1 ? "edge was" : "edges were"} drawn by hand: hypotheses, which no score counts.`,
		]);
	if (validations.length === 0) yield* told(["No validation was run, so nothing could fail there."]);
	if (count === 0) yield "Nothing that was tried spoke against it.";
}

/** What limits of edges and errors leave out of the rows. */
function* describeCut({ document, cutOffUnknown: isUnknown }: ReportSource, facts: CircuitFacts): Generator<string> {
	if (!facts.isScored) return;
	if (facts.scored.isDoubled) return yield countedTwice;
	if (isUnknown) return yield cutOffUnknown;
	let [cut, whole] = [0, 0];
	for (const node of document.nodes) {
		const rest = remainderOf(node, facts.edges, (id) => facts.nodes.get(id)?.kind);
		if (!rest || !node.inflow) continue;
		cut += rest.features + rest.errors + rest.tokens;
		whole += node.inflow.features + node.inflow.errors + node.inflow.tokens;
	}
	if (cut > 0.005 * whole)
		yield `Of the effects that lead into its features and logits, ${percent(cut / whole)} were cut off as too weak; scores count them, paths and tables do not.`;
	const errors = document.nodes.filter(({ kind }) => kind === "error");
	const joined = errors.reduce((sum, node) => sum + (node.joined ?? 0), 0);
	if (joined > 0)
		yield `${joined.toLocaleString("en")} errors are joined, one node a site: what cancels among them is not seen.`;
}

function* reproduce({ runs, validations, provenance, versions, machine, name }: ReportSource): Generator<ReportBlock> {
	yield { kind: "heading", level: 2, text: "Reproduce" };
	const done = runs.flatMap(({ status, command }) => (status === "done" && command !== undefined ? [command] : []));
	const commands = [...done, ...validations.toReversed().map(({ command }) => command)];
	if (commands.length > 0) yield { kind: "code", lines: [...new Set(commands)] };
	else yield { kind: "text", text: `“${name}” was not traced here; what it came from is in the circuit itself.` };
	const last = runs.filter(({ status }) => status === "done").at(-1);
	yield {
		kind: "table",
		columns: [{ name: "What" }, { name: "Name" }, { name: "Hash or version" }],
		rows: [
			...(provenance.model ? [["model", provenance.model.name, provenance.model.hash ?? ""]] : []),
			...provenance.dictionaries
				.toSorted((a, b) => compareSiteNames(a.site, b.site))
				.map(({ site, name: own, hash }) => ["dictionary", site === own ? site : `${site}: ${own}`, hash]),
			...Object.entries(versions).map(([what, version]) => ["version", what, version]),
			["machine", machine, last?.provider ?? ""],
			...(last?.seconds ? [["last trace", provenance.date ?? "", `${last.seconds.toFixed(1)} s`]] : []),
		],
	};
	const parameters = provenance.parameters.map(([what, value]) => `${what} ${value}`).join(", ");
	if (parameters !== "") yield { kind: "text", text: `Parameters of the last trace: ${parameters}.` };
}
