import { useDeferredValue, useMemo } from "react";
import { withoutPosition } from "#shared/node-id";
import type { PinUnit } from "#shared/pinned";
import { scoreCircuit } from "#shared/scores";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { Tip } from "../ui/Tip.tsx";

const kinds = {
	replacement: {
		title: "Replacement",
		hint: "Of what reaches the logits from the ends of all paths, the share that begins at tokens and passes through pinned features; what is not pinned counts as error.",
	},
	completeness: {
		title: "Completeness",
		hint: "Of what leads into the nodes, each by its influence, the share that comes from tokens and pinned features.",
	},
} as const;

/** How much of the circuit's effect goes through what is pinned, beside all that its features could account for. */
export function PinScores({ units }: { readonly units: readonly PinUnit[] }) {
	const nodes = useDerived((state) => state.document.nodes);
	const edges = useDerived((state) => state.document.edges);
	const metricName = useDocument((state) => state.run?.metricName ?? "cross_entropy");
	// A large circuit takes a moment: the tray is there before its scores.
	const counted = useDeferredValue(units);
	const whole = useMemo(() => scoreCircuit({ nodes, edges, metricName }), [nodes, edges, metricName]);
	const pinned = useMemo(() => {
		const wanted = new Set(counted.flatMap(({ features }) => features));
		const features = nodes.flatMap(({ id, kind }) =>
			kind === "feature" && wanted.has(withoutPosition(id)) ? [id] : [],
		);
		return scoreCircuit({ nodes, edges, metricName, features: new Set(features) });
	}, [counted, nodes, edges, metricName]);
	return (
		<>
			{(["replacement", "completeness"] as const).map((kind) => (
				<Tip key={kind} label={kinds[kind].hint}>
					<span data-score={kind}>
						{kinds[kind].title} <b className="mono">{show(pinned[kind])}</b>{" "}
						<span className="faint">of {show(whole[kind])}</span>
					</span>
				</Tip>
			))}
		</>
	);
}

const show = (score: number | null) => (score === null ? "—" : score.toFixed(2));
