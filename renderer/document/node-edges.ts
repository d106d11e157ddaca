import { useEffect, useState } from "react";
import { type CircuitView, sumEdges } from "#shared/circuit-view";
import type { EdgeList } from "#shared/edge-list";
import { client } from "../bridge/connection.ts";
import { useDerived } from "./derived-store.ts";
import { useDocument } from "./document-store.ts";
import { reportError } from "./session-store.ts";

interface NodeEdges {
	readonly edges: EdgeList;
	/** The store has more of them, and was asked. */
	readonly isPartial: boolean;
}

/** All edges of a seen node: those of the view, or, where they were too many to be loaded, as the store has them. */
export function useEdgesOf(node: string): NodeEdges {
	const view = useDerived((state) => state.view);
	const { name, edgesLeft, preview } = useDocument();
	const [loaded, setLoaded] = useState<{ readonly of: CircuitView; readonly node: string; readonly edges: EdgeList }>();
	const isPartial = edgesLeft > 0 && preview === null && name !== null;
	useEffect(() => {
		const members = view.nodes.find(({ id }) => id === node)?.members;
		if (!isPartial || !members) return;
		let wanted = true;
		client
			.call("circuits.edgesOf", { name, nodes: [...members] })
			.then(({ edges }) => {
				const ids = view.nodes.map(({ id }) => id);
				if (wanted) setLoaded({ of: view, node, edges: sumEdges(edges, view.viewOf, ids) });
			})
			.catch(reportError);
		return () => {
			wanted = false;
		};
	}, [isPartial, name, node, view]);
	const isLoaded = loaded?.of === view && loaded.node === node;
	return { edges: isPartial && isLoaded ? loaded.edges : view.edges, isPartial: isPartial && !isLoaded };
}
