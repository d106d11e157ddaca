import { Fragment } from "react";
import { nodeStyle } from "#shared/drawing/node-style";
import { cutText } from "#shared/drawing/svg-text";
import { hasPosition } from "#shared/node-id";
import type { Telling } from "#shared/tell-path";
import "./story.css";

const mostCells = 22;

/** A path in one line or two: its nodes by name, with an arrow where attention carries it to another position. */
export function PathChain({ path, telling }: { readonly path: readonly string[]; readonly telling: Telling }) {
	return (
		<span className="path-chain">
			{path.map((id, i) => {
				const node = telling.nodeOf(id);
				const before = telling.nodeOf(path[i - 1] ?? "");
				const moves = node && before && hasPosition(id) && node.position !== before.position;
				const { text, kind } = telling.nameOf(id);
				return (
					<Fragment key={id}>
						{i > 0 && (
							<span className="path-step" title={moves ? `Attention, to position ${node.position}` : undefined}>
								{moves ? `⇢ @${node.position}` : "›"}
							</span>
						)}
						<span
							className="path-node"
							data-kind={node && nodeStyle(node)}
							data-name={kind}
							data-gone={!node || undefined}
							title={node ? id : `${id} is no longer in the circuit`}
						>
							{cutText(text, mostCells)}
						</span>
					</Fragment>
				);
			})}
		</span>
	);
}
