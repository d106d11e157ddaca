import type { CircuitNode } from "./circuit.ts";
import { showToken } from "./drawing/svg-text.ts";
import type { EdgeWay } from "./edge-way.ts";
import { edgeEffect, nodeEffect, type Question, sayEdge, sayEffect } from "./effect.ts";
import type { NodeName } from "./naming.ts";
import { hasPosition, withoutPosition } from "./node-id.ts";
import { readTokens } from "./token-characters.ts";

/** What sentences about a circuit are made of. */
export interface Telling {
	readonly question: Question;
	nodeOf(id: string): CircuitNode | undefined;
	nameOf(id: string): NodeName;
	/** Weight of an edge of the circuit. */
	weightOf(source: string, target: string): number | undefined;
}

/**
 * An edge as a colleague would say it: by which way, from where to where, and what ablating its source does along it (with a
 * prompt pair, moving it to the other prompt).
 */
export function tellEdge(source: string, target: string, telling: Telling, way?: EdgeWay): string {
	const { question } = telling;
	const effect = edgeEffect(question, telling.weightOf(source, target) ?? 0);
	const act = question.paired ? "moving it to the other prompt" : "ablating it";
	const moves = goesElsewhere(source, target, telling);
	return `${tellWay(source, target, telling, way)} ${callNode(source, telling, moves)} reaches ${callNode(target, telling)}: ${act} along this edge ${sayEdge(question, -effect)}.`;
}

/** Whether both ends have a position, and not the same. */
function goesElsewhere(source: string, target: string, { nodeOf }: Telling): boolean {
	if (!hasPosition(source) || !hasPosition(target)) return false;
	const [from, to] = [nodeOf(source), nodeOf(target)];
	return from !== undefined && to !== undefined && from.position !== to.position;
}

/** "Through attention of layer 3 from “ (” at 3 to “ C” at 4". */
function tellWay(source: string, target: string, telling: Telling, way: EdgeWay | undefined): string {
	const [from, to] = [telling.nodeOf(source), telling.nodeOf(target)];
	const moves = goesElsewhere(source, target, telling);
	const by = nameSublayers(way, moves);
	if (!from || !to || !hasPosition(source) || !hasPosition(target)) return `${by},`;
	if (moves) return `${by}, from ${placeOf(from, telling)} to ${placeOf(to, telling)},`;
	return from.kind === "token" ? `${by},` : `${by} on ${placeOf(from, telling)},`;
}

function nameSublayers(way: EdgeWay | undefined, moves: boolean): string {
	const { attentions = [], mlps = [] } = way ?? {};
	const parts = [
		...(attentions.length > 0 ? [`attention of ${nameLayers(attentions)}`] : moves ? ["attention"] : []),
		...(mlps.length > 0 ? [`the ${mlps.length === 1 ? "MLP" : "MLPs"} of ${nameLayers(mlps)}`] : []),
	];
	if (parts.length === 0) return way ? "Straight along the stream" : "Along this edge";
	return `Through ${parts.join(attentions.length > 0 && !moves ? " or " : " and ")}`;
}

function nameLayers(layers: readonly number[]): string {
	if (layers.length === 1) return `layer ${layers[0]}`;
	return `layers ${layers[0]} to ${layers.at(-1)}`;
}

/** Where a node is: “ (” at 3. */
function placeOf({ position }: CircuitNode, { question }: Telling): string {
	const token = readTokens(question.tokens)[position]?.alone;
	return token === undefined ? `position ${position}` : `“${showToken(token)}” at ${position}`;
}

/**
 * A path as a story: "“ (” at 3 excites X, which inhibits Y. Attention carries it to “ C” at 4, where it excites Z, which
 * raises “)”." A feature is excited by what raises its activation: where the edge and the feature itself push the
 * target the same way; with a prompt pair that cannot be told, and a feature is fed.
 */
export function tellPath(path: readonly string[], telling: Telling): string {
	const [first, ...rest] = path;
	if (first === undefined) return "";
	const begin = telling.nodeOf(first);
	const isToken = begin?.kind === "token";
	let text = isToken && begin ? placeOf(begin, telling) : callNode(first, telling);
	if (!isToken && begin && hasPosition(first)) text += `, on ${placeOf(begin, telling)},`;
	let [before, links] = [first, 0];
	for (const id of rest) {
		const to = telling.nodeOf(id);
		const moves = goesElsewhere(before, id, telling);
		const verb =
			to?.kind === "logit" ? sayEnd(before, id, telling) : `${verbOf(before, id, telling)} ${callNode(id, telling)}`;
		if (moves && to) {
			const carried = `to ${placeOf(to, telling)}, where it ${verb}`;
			text =
				links === 0
					? `Attention carries ${text.replace(/,$/, "")} ${carried}`
					: `${text}. Attention carries it ${carried}`;
		} else text += links === 0 ? ` ${verb}` : `, which ${verb}`;
		before = id;
		links++;
	}
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What the last node of a path does to the target; how strongly is a matter of everything that feeds it. */
function sayEnd(source: string, target: string, { question, weightOf }: Telling): string {
	const effect = edgeEffect(question, weightOf(source, target) ?? 0);
	return sayEffect(question, effect).replace(/ by [^”]*$/, "");
}

function verbOf(source: string, target: string, { question, nodeOf, weightOf }: Telling): string {
	const node = nodeOf(target);
	const along = edgeEffect(question, weightOf(source, target) ?? 0);
	const own = node ? nodeEffect(question, node.attribution) : 0;
	if (question.paired || node?.kind !== "feature" || node.activation <= 0 || along * own === 0) return "feeds";
	return along * own > 0 ? "excites" : "inhibits";
}

/** A node in a sentence: its meaning with its id, so that it is found again. */
function callNode(id: string, { nameOf, nodeOf, question }: Telling, moves = false): string {
	const node = nodeOf(id);
	const { text, kind } = nameOf(id);
	if (node?.kind === "logit") return `the logit of “${text}”`;
	if (node?.kind === "token") return moves ? "the token" : placeOf(node, { question } as Telling);
	if (node?.kind === "error") return `the ${text}`;
	return kind === "id" || text === withoutPosition(id) ? withoutPosition(id) : `“${text}” (${withoutPosition(id)})`;
}
