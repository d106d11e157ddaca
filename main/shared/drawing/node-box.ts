import { withoutPosition } from "../node-id.ts";
import type { Size } from "./box.ts";
import { type CardContent, type CardNode, drawFrame } from "./feature-card.ts";
import { type Shape, text } from "./shapes.ts";
import { cellWidth, countCells, cutText, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** Letters larger than this shout; an error is only a mark beside the features. */
const largest = 26;
const largestOfError = 15;
const usualCells = 22;

/** What a node may be called where there is room for one line: the longest that fits is taken. */
export function nodeNames(node: CardNode, content: CardContent): readonly string[] {
	if (node.kind === "token" || node.kind === "logit") return [showToken(content.token)];
	if (node.kind === "group") return [content.label ?? node.id];
	const name = withoutPosition(node.id);
	// Its lane says of which site; that it is an error must be read.
	if (node.kind === "error") {
		const others = node.joined === undefined || content.folded !== undefined ? "" : ` +${node.joined}`;
		return [...(others === "" ? [] : [`${name}${others}`]), name, "error", "err"];
	}
	return [content.label ?? name];
}

/**
 * A node between far and near: its frame, and its name as large as it fits. A name that could only be written smaller
 * than `least`, in the drawing's units, is shortened, never left out.
 */
export function drawBox(
	node: CardNode,
	content: CardContent,
	theme: Theme,
	size: Size,
	least: number,
): readonly Shape[] {
	const { width, height } = size;
	const isFeature = node.kind === "feature";
	const room = width - (isFeature ? 22 : node.kind === "token" ? 16 : 12);
	const smallest = Math.min(least, largest);
	const most = Math.max(2, Math.floor(room / (smallest * cellWidth)));
	// All errors alike, whether the one's site has a shorter name than the other's.
	const names = nodeNames(node, content).slice(node.kind === "error" ? 1 : 0);
	const title = cutText(
		names.find((name) => countCells(name) <= most) ?? (names.at(-1) as string),
		Math.min(most, usualCells),
	);
	const isError = node.kind === "error";
	const letter = Math.max(
		smallest,
		Math.min(isError ? largestOfError : largest, height - 8, room / (Math.max(1, countCells(title)) * cellWidth)),
	);
	const shapes = [...drawFrame(node, size, theme)];
	const style = { bold: !isError, size: letter, ...(content.labelIsPublished && { italic: true }) };
	const isLow = height < 2 * largest;
	if (!isFeature || isLow)
		return [
			...shapes,
			text(width / 2, height / 2 + letter * 0.36, title, isError ? theme.quiet : theme.text, {
				...style,
				align: "middle",
			}),
		];
	const where = `@${node.position} ${showToken(content.token)}`;
	const second = Math.max(15, smallest);
	return [
		...shapes,
		text(12, height / 2 - 2, title, theme.text, style),
		text(12, height / 2 + 5 + second, cutText(where, Math.floor(room / (second * cellWidth))), theme.quiet, {
			size: second,
		}),
	];
}
