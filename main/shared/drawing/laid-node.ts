import type { ViewNode } from "../circuit-view.ts";
import { laneOf } from "./node-style.ts";

/** What a layout must know of a seen node. */
export type LaidNode = Pick<ViewNode, "id" | "kind" | "site" | "layer" | "position" | "bare">;

/** That and no more: it is sent to a worker. */
export function laidNode({ id, kind, site, layer, position, bare }: LaidNode): LaidNode {
	return {
		id,
		kind,
		position,
		...(site !== undefined && { site }),
		...(layer !== undefined && { layer }),
		...(bare && { bare }),
	};
}

/** Lane of a node; a group stands in the lane of its topmost member. */
export function laneOfView(node: LaidNode): { readonly rank: number; readonly name: string } {
	return laneOf({ ...node, kind: node.kind === "group" ? "feature" : node.kind });
}
