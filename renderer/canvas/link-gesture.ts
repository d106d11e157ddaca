import { edgeKey } from "#shared/document-diff";
import { addLink } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { setView } from "../document/view-store.ts";
import type { Gesture, Show } from "./gesture.ts";
import { useTool } from "./tool-store.ts";
import { nodeUnder, worldPoint } from "./under.ts";

/** Draws an edge by hand, from one node to another. */
export function beginLink(from: string, show: Show): Gesture {
	return {
		move(at) {
			show({ link: { from, ...worldPoint(at) }, hover: nodeUnder(at) });
		},
		end(at) {
			const to = nodeUnder(at);
			const [source, target] = [memberOf(from), to === undefined ? undefined : memberOf(to)];
			if (source === undefined || target === undefined || source === target) return;
			addLink(source, target);
			useTool.setState({ tool: "select" });
			setView({ edge: edgeKey({ source, target }), selection: new Set() });
		},
	};
}

const memberOf = (id: string) => useDerived.getState().view.nodes.find((node) => node.id === id)?.members[0];
