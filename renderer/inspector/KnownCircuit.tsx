import { useMemo } from "react";
import { describeVerdict, judgeKnown } from "#shared/known-circuit";
import { shownDocument, useDocument } from "../document/document-store.ts";

/** How the method did on the model whose circuit is known; nothing for any other model. */
export function KnownCircuit() {
	const state = useDocument();
	const { run } = state;
	const { nodes, edges } = shownDocument(state);
	const verdict = useMemo(
		() => (run && nodes.length > 0 ? judgeKnown(run, { nodes, edges }) : undefined),
		[run, nodes, edges],
	);
	if (!verdict) return null;
	const isRight = verdict.missing.length === 0 && verdict.others.every(({ isSink }) => isSink);
	return (
		<section aria-label="Known circuit">
			<h2 className="heading">Known circuit</h2>
			<p className="verdict" data-right={isRight || undefined}>
				<span aria-hidden="true">{isRight ? "✓" : "✗"}</span>
				<span>
					By {verdict.method}: {describeVerdict(verdict)}.
				</span>
			</p>
		</section>
	);
}
