import type { Circuit, CircuitNode } from "#shared/circuit";
import { describeJoined } from "#shared/drawing/card-content";
import { cutText, escapeXml } from "#shared/drawing/svg-text";
import { raisesTarget } from "#shared/effect";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { type FeatureFacts, tellingEffects } from "#shared/feature-facts";
import { type NodeName, nameNode } from "#shared/naming";
import { withoutPosition } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";
import { packPayloadParts, payloadLine } from "./circuit-payload.ts";

export interface DotOptions {
	readonly facts: ReadonlyMap<string, FeatureFacts>;
	/** By id without position too. */
	readonly labels?: ReadonlyMap<string, ShownLabel>;
	readonly metricName: string;
	/** Text of a node's token, for tokens and logits. */
	tokenOf(node: CircuitNode): string;
}

const contextsShown = 2;
const tokensShown = 5;
const labelCells = 60;

/** Graphviz as the seed writes it: HTML labels, blue edges raise, red ones lower, alpha is magnitude. */
export function buildCircuitDot(circuit: Circuit, options: DotOptions): string {
	return [...writeCircuitDot(circuit, options)].join("");
}

/** The same piece by piece. */
export function* writeCircuitDot(circuit: Circuit, options: DotOptions): Generator<string, void> {
	const strongest = circuit.edges.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), Number.MIN_VALUE);
	yield 'digraph circuit {\n  rankdir="BT"; bgcolor="white";\n  node [shape="plain", fontname="monospace"];\n';
	const rows = new Map<string, string[]>();
	for (const node of circuit.nodes) {
		yield `  ${quote(node.id)} [label=<${buildLabel(node, options)}>, ${buildAttributes(node, options)}];\n`;
		const name = node.layer === undefined ? node.kind : `${node.layer} ${node.site}`;
		const row = rows.get(name);
		if (row) row.push(quote(node.id));
		else rows.set(name, [quote(node.id)]);
	}
	for (const ids of rows.values()) yield `  { rank="same"; ${ids.join("; ")}; }\n`;
	for (const { source, target, weight } of circuit.edges) {
		const alpha = Math.max(8, Math.round((255 * Math.abs(weight)) / strongest));
		const colour = `${raisesTarget(options.metricName, weight) ? "#0000ff" : "#ff0000"}${alpha.toString(16).padStart(2, "0")}`;
		yield `  ${quote(source)} -> ${quote(target)} [color="${colour}", weight_value="${weight}"];\n`;
	}
	yield "}\n";
}

/** The whole circuit as a comment, which stands behind the graph so that it can be opened again. */
export async function* writeDotComment(file: CircuitPayload): AsyncGenerator<string, void> {
	yield `/* ${payloadMarks.dotComment} ${payloadMarks.encoding}:\n`;
	for await (const letters of packPayloadParts(file))
		for (let from = 0; from < letters.length; from += payloadLine) yield `${letters.slice(from, from + payloadLine)}\n`;
	yield "*/\n";
}

/** Numbers and words that Graphviz carries along without drawing them. */
function buildAttributes(node: CircuitNode, { labels, tokenOf }: DotOptions): string {
	const label = labels?.get(withoutPosition(node.id));
	const isToken = node.kind === "token" || node.kind === "logit";
	return [
		`activation="${node.activation}"`,
		`attribution="${node.attribution}"`,
		...(node.joined === undefined ? [] : [`joined="${node.joined}"`]),
		...(isToken ? [`token=${quote(plain(tokenOf(node)))}`] : []),
		...(label ? [`feature_label=${quote(plain(label.text))}`] : []),
	].join(", ");
}

/** What escapes in Graphviz's strings would change, or a parser might stumble over, is left to the comment. */
const plain = (text: string) => text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\\]/gu, "\ufffd");

/** Another's word slanted, a phrase of the program's own in grey. */
function buildNameRow({ kind, text }: NodeName): readonly string[] {
	if (kind === "id") return [];
	const words = escapeLabel(cutText(text, labelCells)) || "∅";
	const styled =
		kind === "human" ? words : kind === "published" ? `<i>${words}</i>` : `<font color="#5a5f68">${words}</font>`;
	return [`<tr><td>${styled}</td></tr>`];
}

function buildLabel(node: CircuitNode, { facts, labels = new Map(), tokenOf }: DotOptions): string {
	const known = facts.get(withoutPosition(node.id));
	const shown = node.kind === "token" || node.kind === "logit" ? ` ${showText(tokenOf(node))}` : "";
	const style = node.kind === "error" ? ' style="dotted"' : "";
	const rows = [`<tr><td>${escapeLabel(node.id)}${shown}</td></tr>`];
	if (node.joined !== undefined) rows.push(`<tr><td>${describeJoined(node.joined)}</td></tr>`);
	if (node.kind === "feature") rows.push(...buildNameRow(nameNode(node, { labels, facts, run: null })));
	for (const { tokens, activations } of known?.contexts.slice(0, contextsShown) ?? []) {
		const most = Math.max(...activations, Number.MIN_VALUE);
		const cells = tokens.map(
			(token, i) => `<td bgcolor="${heatColour((activations[i] ?? 0) / most)}">${showText(token)}</td>`,
		);
		rows.push(`<tr><td><table border="0" cellspacing="0" cellborder="0"><tr>${cells.join("")}</tr></table></td></tr>`);
	}
	for (const [effects, colour] of [
		[tellingEffects(known?.raises ?? [], "raises"), "#9db2ff"],
		[tellingEffects(known?.lowers ?? [], "lowers"), "#ff9d94"],
	] as const) {
		if (effects.length === 0) continue;
		const cells = effects.slice(0, tokensShown).map(({ token }) => `<td bgcolor="${colour}">${showText(token)}</td>`);
		rows.push(`<tr><td><table border="0" cellspacing="2" cellborder="0"><tr>${cells.join("")}</tr></table></td></tr>`);
	}
	return `<table border="1" cellborder="0" cellspacing="0"${style}>${rows.join("")}</table>`;
}

/** White to a blue on which black letters are read. */
function heatColour(share: number): string {
	const most = Math.max(0, Math.min(1, share));
	const hex = (least: number) =>
		Math.round(255 - (255 - least) * most)
			.toString(16)
			.padStart(2, "0");
	return `#${hex(0x7c)}${hex(0x96)}ff`;
}

const quote = (text: string) => `"${text.replace(/["\\]/g, (letter) => `\\${letter}`)}"`;

/** Graphviz 2 stumbles over a "]" right before the end of a cell, unless it is written as a number. */
const escapeLabel = (text: string) => escapeXml(text).replaceAll("]", "&#93;");

/** Never empty: Graphviz refuses a cell without content. */
const showText = (token: string) =>
	escapeLabel(token.replace(/\n/g, "↵").replace(/\t/g, "⇥").replace(/\r/g, "\ufffd").replace(/ /g, "·")) || "∅";
