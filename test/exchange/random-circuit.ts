import type { CircuitEdge, CircuitNode } from "../../main/shared/circuit.ts";
import type { DocumentRecords } from "../../main/shared/document.ts";
import type { DocumentDiff } from "../../main/shared/document-diff.ts";
import { withoutPosition } from "../../main/shared/node-id.ts";
import { seededRandom } from "../../main/shared/random.ts";
import { siteKinds } from "../../main/shared/site.ts";
import type { TraceRequest } from "../../main/shared/trace-request.ts";
import type { Store } from "../../main/store/store.ts";
import { ablationRequest, consensusRequest, gradientRequest, jacobianRequest } from "../requests.ts";
import { result } from "../store/example-circuit.ts";

/** Texts as people write them, and as nobody should. */
export const words = [
	"",
	" ",
	" the",
	"=cmd|' /C calc'!A0",
	"<script>alert(1)</script>",
	'<img src=x onerror="alert(1)">',
	"javascript:alert(1)",
	"שלום \u202e עולם",
	"مرحبا",
	"漢字 かな",
	"हिन्दी",
	"👩‍👩‍👧‍👦 😀",
	"\u0000\u0001\u001f\u007f\u0085",
	"line\none\r\ntwo\ttab",
	"]]> --> */ ?> %> \\ \\n {x} $& &amp; &#0;",
	"\"quoted\" 'single' `tick`",
	"\u2028\u2029\ufeff\ufffd\uffff",
	"e\u0301 é ﬁ Å",
	"__proto__",
	"gzip-base64:AAAA deflate-base64>BBBB scd-circuit",
	"x".repeat(390),
];
const numbers = [
	0,
	-0,
	1e-300,
	-1e-300,
	5e-324,
	1.7976931348623157e308,
	1 / 3,
	-2 / 3,
	0.1 + 0.2,
	1e21,
	2 ** 53 + 2,
	42,
];

/** Draws from a seed, so that what fails once fails again. */
export class Draw {
	readonly random: () => number;
	constructor(seed: number) {
		this.random = seededRandom(seed);
	}
	below = (count: number) => Math.floor(this.random() * count);
	of = <T>(items: readonly T[]): T => items[this.below(items.length)] as T;
	some = <T>(items: readonly T[], share: number) => items.filter(() => this.random() < share);
	number = () => (this.random() < 0.5 ? this.of(numbers) : (this.random() - 0.5) * 10 ** (this.below(20) - 10));
	/** What is known of features is kept in 32 bits. */
	float = () => Math.fround(Math.max(-3e38, Math.min(3e38, this.number())));
	/** On the canvas. */
	place = () => Math.max(-20_000, Math.min(20_000, this.number()));
	text = (most = 400) =>
		Array.from({ length: 1 + this.below(3) }, () => this.of(words))
			.join("")
			.slice(0, most);
}

const tokens = (draw: Draw) => Array.from({ length: 2 + draw.below(6) }, () => draw.of(words.slice(0, -1)));

function drawNodes(draw: Draw, positions: number): readonly CircuitNode[] {
	const nodes = Array.from({ length: 4 + draw.below(20) }, (): CircuitNode => {
		const position = draw.below(positions);
		const values = { position, activation: draw.number(), attribution: draw.number() };
		const token = draw.below(50_257);
		const kind = draw.of(["feature", "feature", "feature", "error", "rest", "token", "logit"] as const);
		if (kind === "token" || kind === "logit")
			return { id: `${kind}.${token}@${position}`, kind, feature: token, ...values };
		const site = draw.of(siteKinds.filter((one) => one !== "lnf" && one !== "embed"));
		const layer = site === "resid" ? draw.below(13) - 1 : draw.below(12);
		const place = { site, layer, ...values };
		const name = `${layer}${site === "z" && draw.random() < 0.5 ? `h${draw.below(12)}` : ""}`;
		if (kind === "error") return { id: `${site}_error_${name}@${position}`, kind: "error", ...place };
		if (kind === "rest") return { id: `${site}_error_${name}.rest`, kind: "error", ...place, position: 0 };
		const feature = draw.below(131_072);
		return { id: `${site}_${name}.${feature}@${position}`, kind: "feature", feature, ...place };
	});
	return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

function drawEdges(draw: Draw, nodes: readonly CircuitNode[]): readonly CircuitEdge[] {
	const edges = Array.from({ length: 2 * nodes.length }, (): CircuitEdge => {
		const [source, target] = [draw.of(nodes).id, draw.of(nodes).id];
		return { source, target, weight: draw.number() };
	}).filter(({ source, target }) => source !== target);
	return [...new Map(edges.map((edge) => [`${edge.source} ${edge.target}`, edge])).values()];
}

function drawRequest(draw: Draw): TraceRequest {
	const prompt = draw.text();
	const plain = gradientRequest({ prompt });
	return draw.of<() => TraceRequest>([
		() => plain,
		() =>
			gradientRequest({
				prompt,
				patchPrompt: draw.text(),
				errors: "pooled",
				integratedGradients: 5,
				metric: "logit(8)",
			}),
		() => consensusRequest(plain, { morePrompts: [draw.text(), draw.text()], atLeast: 2 }),
		() =>
			ablationRequest(plain, { pins: ["mlp_0.1"], thresholdExp: -7, allPositions: true, morePrompts: [draw.text()] }),
		() => jacobianRequest(plain, { bos: "off" }),
		() =>
			gradientRequest({
				prompt,
				from: { node: "mlp_0.1@1", direction: "upstream" },
				choice: { by: "share", share: 0.9 },
			}),
	])();
}

/** A circuit such as a long life makes: several runs, cut-off ones, every kind of edit, undone and done again, reports. */
export function makeRandomCircuit(store: Store, name: string, seed: number): void {
	const draw = new Draw(seed);
	const text = tokens(draw);
	const prompt = { text: text.join(""), tokens: text, tokenIds: text.map(() => draw.below(50_257)) };
	for (let i = 1 + draw.below(3); i > 0; i--) {
		const asked = drawRequest(draw);
		const nodes = drawNodes(draw, text.length);
		const run = store.runs.start(asked, { scd: "1", node: draw.text(50) }, name);
		if (draw.random() < 0.3 && store.circuits.has(name)) {
			store.circuits.merge(name, run, { nodes, edges: [] }, "Part of a trace");
			store.runs.stop(run, draw.of(["failed", "cancelled"]), draw.text());
			continue;
		}
		const found = result(nodes, drawEdges(draw, nodes));
		const sites = [...new Set(nodes.flatMap(({ id, kind }) => (kind === "feature" ? [id.split(".")[0] ?? ""] : [])))];
		const [first] = found.dictionaries;
		store.finishRun(run, name, asked, {
			...found,
			prompt,
			dictionaries: sites.map((site) => ({
				...(first as typeof first & object),
				name: draw.text(60),
				site,
				hash: `h-${seed}-${site}`,
			})),
			metric: { name: "metric" in asked ? asked.metric : asked.method, value: draw.number() },
			explained: draw.random() < 0.3 ? null : draw.number(),
			...(draw.random() < 0.3 && { providerFallback: draw.text() }),
		});
		if (asked.method === "consensus")
			store.reports.save("consensus", name, asked, { prompts: asked.morePrompts, nodes: [], edges: [] }, { scd: "1" });
	}
	edit(store, name, draw);
	saveKnowledge(store, name, draw);
}

function edit(store: Store, name: string, draw: Draw): void {
	const { nodes } = store.circuits.load(name);
	const ids = nodes.map(({ id }) => id);
	const features = [...new Set(nodes.filter(({ kind }) => kind === "feature").map(({ id }) => withoutPosition(id)))];
	let edits = 0;
	const add = <K extends keyof DocumentRecords>(collection: K, added: readonly DocumentRecords[K][]) => {
		if (added.length === 0) return;
		const diff = { [collection]: { added, updated: [], removed: [] } } as DocumentDiff;
		store.edits.edit(name, diff, draw.text(100), `edit-${name}-${edits++}`);
		if (draw.random() < 0.3) store.edits.undo(name);
		if (draw.random() < 0.15) store.edits.redo(name);
	};
	add(
		"hidden",
		draw.some(ids, 0.2).map((id) => ({ id })),
	);
	add(
		"places",
		draw.some(ids, 0.4).map((id) => ({ id, x: draw.place(), dy: draw.place() })),
	);
	for (let i = 0; i < 3; i++) {
		const members = draw.some(ids, 0.2);
		add("groups", [{ id: `group.${i}`, name: draw.text(200), members, collapsed: draw.random() < 0.5 }]);
		add("notes", [{ id: `note.${i}`, text: draw.text(20_000), x: draw.place(), y: draw.place() }]);
	}
	add("links", [{ source: draw.of(ids), target: draw.of(ids), text: draw.text() }]);
	add(
		"pins",
		draw.some(features, 0.3).map((id, order) => ({ id, order })),
	);
	add("story", [{ id: "story.0", order: draw.number(), path: draw.some(ids, 0.3), text: draw.text(4000) }]);
	add("pinSets", [{ id: draw.text(100) || "set", members: draw.some(features, 0.5) }]);
	add(
		"labels",
		draw.some(features, 0.5).map((id) => ({ id, text: draw.text() })),
	);
	const [gone] = nodes;
	if (gone && draw.random() < 0.5) {
		const loose = store.circuits.load(name).edges.filter(({ source, target }) => [source, target].includes(gone.id));
		const diff = {
			nodes: { added: [], updated: [], removed: [gone] },
			edges: { added: [], updated: [], removed: loose },
		};
		store.edits.edit(name, diff, "Delete", `edit-${name}-${edits++}`);
	}
	store.edits.saveLayout(name, [{ id: draw.of(ids), x: draw.place(), dy: draw.place() }]);
	store.edits.saveView(name, {
		camera: { x: draw.place(), y: 0, zoom: 2 },
		foldPositions: true,
		folded: ids.slice(0, 3),
		[draw.of(words)]: 1,
	});
}

const figure = { value: 0.5, interval: [0.4, 0.6] };

function saveKnowledge(store: Store, name: string, draw: Draw): void {
	const request = { pins: ["mlp_0.1"], corpus: "/text.txt", baseline: "zero", errors: "keep" };
	const body = {
		...{ sequences: 3, tokens: 60, predictions: 57, notes: [draw.text()], baseLoss: 3.1, ablatedLoss: 3.5, kl: 0.1 },
		...{ increases: [], decreases: [{ token: draw.text(), effect: draw.number() }], emptyLoss: 5, circuitLoss: 4 },
		...{
			complementLoss: 3.2,
			faithfulness: figure,
			completeness: null,
			curve: [{ ...figure, size: 3 }],
			controls: [1],
		},
	};
	store.reports.save("validation", name, request, body, { scd: "1" });
	for (const { site, hash } of store.circuits.read(name).runs.flatMap(({ dictionaries }) => dictionaries)) {
		const own = store.circuits.load(name).nodes.filter(({ id }) => id.startsWith(`${site}.`));
		const known = own.map(({ feature = 0 }) => ({
			feature,
			frequency: draw.random(),
			maxActivation: draw.float(),
			contexts: [{ tokens: [draw.text(), draw.text()], activations: [0, draw.float()], peak: 1 }],
			raises: [{ token: draw.text(), effect: draw.float() }],
			lowers: [],
		}));
		store.facts.save(hash, [...new Map(known.map((facts) => [facts.feature, facts])).values()]);
	}
}
