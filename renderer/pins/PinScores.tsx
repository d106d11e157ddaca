import { useDeferredValue, useMemo } from "react";
import { withoutPosition } from "#shared/node-id";
import type { PinUnit } from "#shared/pinned";
import { isScored, scoreMeaning, showScore } from "#shared/score-words";
import { scoreCircuit } from "#shared/scores";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { Tip } from "../ui/Tip.tsx";

const titles = { replacement: "Replacement", completeness: "Completeness" } as const;

/** How much of the circuit's effect goes through what is pinned, beside all that its features could account for. */
export function PinScores({ units }: { readonly units: readonly PinUnit[] }) {
	const nodes = useDerived((state) => state.document.nodes);
	const edges = useDerived((state) => state.document.edges);
	const metricName = useDocument((state) => state.run?.metricName ?? "cross_entropy");
	const isMeant = useDocument(({ run, runs }) => isScored(run?.request, runs));
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
	if (!isMeant) return null;
	return (
		<>
			{(["replacement", "completeness"] as const).map((kind) => (
				<Tip key={kind} label={`${scoreMeaning[kind]} What is not pinned counts as an error.`}>
					<span data-score={kind}>
						{titles[kind]} <b className="mono">{show(pinned[kind])}</b>{" "}
						<span className="faint">of {show(whole[kind])}</span>
					</span>
				</Tip>
			))}
		</>
	);
}

const show = (score: number | null) => (score === null ? "—" : showScore(score));
