import { useMemo } from "react";
import { nodeEffect, signed } from "#shared/effect";
import { writeName } from "#shared/naming";
import { useDerived } from "../document/derived-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { select } from "../document/view-store.ts";

const most = 5;

/** The features with the largest effects on the target: where to look first. */
export function StrongestFeatures() {
	const nodes = useDerived(({ filtered }) => filtered.nodes);
	const nameOf = useNames();
	const question = useQuestion();
	const strongest = useMemo(
		() =>
			nodes
				.filter(({ kind, attribution }) => kind === "feature" && attribution !== 0)
				.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
				.slice(0, most),
		[nodes],
	);
	if (strongest.length === 0) return null;
	return (
		<section aria-label="Strongest features">
			<h2 className="heading" title="By the size of their effect on the target, to first order">
				Strongest features
			</h2>
			<ul className="rows">
				{strongest.map(({ id, attribution }) => {
					const effect = nodeEffect(question, attribution);
					return (
						<li key={id}>
							<button
								type="button"
								className="link cut"
								data-name={nameOf(id).kind}
								title={id}
								onClick={() => select([id])}
							>
								{writeName(nameOf(id))}
							</button>
							<span className={`mono ${effect > 0 ? "raises" : "lowers"}`}>{signed(effect)}</span>
						</li>
					);
				})}
			</ul>
		</section>
	);
}
