import { useMemo } from "react";
import { describeMembers } from "#shared/drawing/describe-members";
import type { Member } from "#shared/supernode";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useShownLabels } from "../document/shown-labels.ts";

/** Nodes of the circuit, by id, with what is known of them; the strongest first. */
export function useMembers(ids: readonly string[]): readonly Member[] {
	const nodes = useDerived((state) => state.document.nodes);
	const run = useDocument((state) => state.run);
	const facts = useFacts((state) => state.facts);
	const labels = useShownLabels();
	return useMemo(() => {
		const wanted = new Set(ids);
		const found = nodes.filter(({ id }) => wanted.has(id));
		return describeMembers(found, { facts, labels, run }).toSorted(
			(a, b) => Math.abs(b.attribution) - Math.abs(a.attribution),
		);
	}, [ids, nodes, facts, labels, run]);
}
