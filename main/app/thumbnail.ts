import type { CircuitNode } from "#shared/circuit";
import { laneOf, nodeStyle, nodeStyles } from "#shared/drawing/node-style";

const most = 160;

/** A circuit as dots: rows by lane, x by order in the row; the strongest where there are too many. */
export function drawThumbnail(nodes: readonly CircuitNode[]): readonly (readonly [number, number, number])[] {
	const strongest =
		nodes.length <= most
			? nodes
			: nodes.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution)).slice(0, most);
	const rows = [...Map.groupBy(strongest, (node) => laneOf(node).rank)].sort(([a], [b]) => (a < b ? -1 : 1));
	return rows.flatMap(([, members], row) =>
		members.map((node, i): readonly [number, number, number] => [
			Math.round((1000 * (i + 0.5)) / members.length) / 1000,
			Math.round(1000 * (1 - (row + 0.5) / rows.length)) / 1000,
			nodeStyles.indexOf(nodeStyle(node)),
		]),
	);
}
