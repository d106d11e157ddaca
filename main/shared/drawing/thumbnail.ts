import type { Size } from "./box.ts";
import { styleOf } from "./feature-card.ts";
import { drawMark } from "./node-mark.ts";
import { nodeStyles } from "./node-style.ts";
import type { Scene, SceneNode } from "./scene.ts";
import { moveShape, type Shape } from "./shapes.ts";
import type { Theme } from "./theme.ts";

/** What a picture of a few pixels needs of a circuit as it stands; small enough to be sent for every step of a history. */
export interface Thumbnail {
	/** Width to height of what it shows. */
	readonly proportion: number;
	/** Where nodes are, 0 … 1, and the index of their style in `nodeStyles`; a group has the index after the last. */
	readonly dots: readonly (readonly [x: number, y: number, style: number])[];
	/** Strongest edges: indices into `dots`, and whether they raise. */
	readonly lines: readonly (readonly [source: number, target: number, raises: 0 | 1])[];
}

const mostDots = 160;
const mostLines = 60;

export function buildThumbnail({ nodes, edges, bounds }: Scene): Thumbnail {
	const strongest =
		nodes.length <= mostDots
			? nodes
			: nodes.toSorted((a, b) => Math.abs(b.node.attribution) - Math.abs(a.node.attribution)).slice(0, mostDots);
	const share = (value: number, length: number) => Math.round((1000 * value) / Math.max(1, length)) / 1000;
	const dotOf = new Map(strongest.map((one, i) => [one, i]));
	return {
		proportion: Math.round((100 * bounds.width) / Math.max(1, bounds.height)) / 100,
		dots: strongest.map((one) => [
			share(one.x + one.width / 2 - bounds.x, bounds.width),
			share(one.y + one.height / 2 - bounds.y, bounds.height),
			indexOf(one),
		]),
		lines: edges
			.flatMap(({ source, target, raises }) => {
				const [from, to] = [dotOf.get(source), dotOf.get(target)];
				return from === undefined || to === undefined ? [] : [[from, to, raises ? 1 : 0] as const];
			})
			.slice(0, mostLines),
	};
}

const indexOf = ({ node }: SceneNode): number => {
	const style = styleOf(node);
	return style === "group" ? nodeStyles.length : nodeStyles.indexOf(style);
};

/** The whole circuit within a frame of that size, as it stands. */
export function drawThumbnail(
	{ proportion, dots, lines }: Thumbnail,
	{ width, height }: Size,
	theme: Theme,
): readonly Shape[] {
	const room = 4;
	const [across, down] = [width - 2 * room, height - 2 * room];
	const wide = Math.min(across, down * Math.max(proportion, 0.5));
	const high = Math.min(down, across / Math.min(Math.max(proportion, 0.1), 4));
	const at = ([x, y]: Thumbnail["dots"][number]) =>
		[(width - wide) / 2 + x * wide, (height - high) / 2 + y * high] as const;
	const radius = dots.length > 60 ? 1.1 : 1.6;
	return [
		...lines.flatMap(([source, target, raises]): Shape[] => {
			const [from, to] = [dots[source], dots[target]];
			if (!from || !to) return [];
			const [[x1, y1], [x2, y2]] = [at(from), at(to)];
			const colour = raises ? theme.raise : theme.lower;
			return [
				{ type: "curve", points: [x1, y1, x1, y1, x2, y2, x2, y2], stroke: colour, lineWidth: 0.5, opacity: 0.35 },
			];
		}),
		...dots.map((dot) => {
			const [x, y] = at(dot);
			return moveShape(drawMark(nodeStyles[dot[2]] ?? "group", radius, theme), x, y);
		}),
	];
}
