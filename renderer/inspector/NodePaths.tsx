import { BookPlus } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { NodePath, StrongestPaths } from "#shared/paths";
import { togglePanel } from "../actions/workspace-store.ts";
import { highlightPath, useHighlight } from "../document/highlight-store.ts";
import { usePathGraph, useTelling } from "../document/telling.ts";
import { PathChain } from "../story/PathChain.tsx";
import { showPath } from "../story/story-store.ts";
import { tellPaths } from "../story/tell-strongest.ts";
import { showShare } from "../ui/amounts.ts";
import { IconButton } from "../ui/Button.tsx";

const shownFirst = 3;
const most = 10;

/** The strongest ways from a node to the target, and from the tokens to it; pointed at, they are shown on the canvas. */
export function NodePaths({ members }: { readonly members: readonly string[] }) {
	const graph = usePathGraph();
	const toTarget = useMemo(() => graph.toTarget(members, most), [graph, members]);
	const fromTokens = useMemo(() => graph.fromTokens(members, most), [graph, members]);
	useEffect(() => () => highlightPath(null), []);
	return (
		<>
			<Paths title="Paths to the target" paths={toTarget} whole="its influence on the target" />
			<Paths
				title={graph.beginsAtTokens ? "Paths from the tokens" : "Paths that lead here"}
				paths={fromTokens}
				whole={
					graph.beginsAtTokens
						? `what reaches it from tokens, which is ${showShare(fromTokens.total)} of its input`
						: "what reaches it"
				}
			/>
		</>
	);
}

interface PathsProps {
	readonly title: string;
	readonly paths: StrongestPaths;
	/** What the shares are of. */
	readonly whole: string;
}

function Paths({ title, paths: { paths, carried }, whole }: PathsProps) {
	const [all, setAll] = useState(false);
	// A path of one node says nothing.
	const told = paths.filter(({ nodes }) => nodes.length > 1);
	if (told.length === 0) return null;
	const shown = told.slice(0, all ? told.length : shownFirst);
	return (
		<section>
			<h2 className="heading">{title}</h2>
			<p className="faint">
				{told.length === 1 ? "The only one carries" : `The ${told.length} strongest carry`} {showShare(carried)} of{" "}
				{whole}.
			</p>
			<ul className="paths">
				{shown.map((path) => (
					<Path key={path.nodes.join(" ")} path={path} whole={whole} />
				))}
			</ul>
			{told.length > shownFirst && (
				<button type="button" className="link" onClick={() => setAll(!all)}>
					{all ? "Fewer" : `All ${told.length}`}
				</button>
			)}
		</section>
	);
}

function Path({ path: { nodes, share }, whole }: { readonly path: NodePath; readonly whole: string }) {
	const telling = useTelling();
	const [kept, setKept] = useState(false);
	const isShown = useHighlight(({ path }) => path === nodes);
	return (
		<li
			data-current={isShown || undefined}
			onPointerEnter={() => highlightPath(nodes)}
			onPointerLeave={() => !kept && highlightPath(null)}
		>
			<button
				type="button"
				aria-pressed={kept && isShown}
				title={`${showShare(share)} of ${whole}`}
				onFocus={() => highlightPath(nodes)}
				onBlur={() => !kept && highlightPath(null)}
				onClick={() => {
					setKept(!(kept && isShown));
					if (kept && isShown) highlightPath(null);
					else showPath(nodes);
				}}
			>
				<span className="mono">{showShare(share)}</span>
				<PathChain path={nodes} telling={telling} />
			</button>
			<IconButton
				label="Add to the story"
				onClick={() => {
					tellPaths([nodes]);
					togglePanel("story", true);
				}}
			>
				<BookPlus />
			</IconButton>
		</li>
	);
}
