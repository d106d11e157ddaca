import { ChevronDown } from "lucide-react";
import { menuOf } from "./actions/menus.ts";
import { narrowWindow, smallWindow } from "./actions/workspace-store.ts";
import { useDerived } from "./document/derived-store.ts";
import { useDocument } from "./document/document-store.ts";
import { AppTools, CircuitTools, EverythingElse, PanelToggles, UndoRedo } from "./TopBarTools.tsx";
import { count, countEdges } from "./ui/amounts.ts";
import { Menu } from "./ui/Menu.tsx";
import { useMedia } from "./ui/use-media.ts";

/** Which circuit is open, and what can be done with it as a whole. What there is no room for is in a menu. */
export function TopBar() {
	const { name, runs, preview, edgesLeft } = useDocument();
	const document = useDerived((state) => state.document);
	const [isNarrow, isSmall] = [useMedia(narrowWindow), useMedia(smallWindow)];
	return (
		<header className="top">
			<Mark />
			{name === null ? (
				<h1 className="app-name cut">Sparse Circuit Discovery</h1>
			) : (
				<>
					<h1 className="circuit-heading">
						<Menu
							label="Circuit"
							groups={menuOf([
								["circuits", "new-trace", "import"],
								["rename", "branch", "compare"],
								["delete-circuit"],
							])}
						>
							<button type="button" className="circuit-name" aria-label={`Circuit ${name}`} title={name}>
								<span className="cut">{name}</span> <ChevronDown size={13} aria-hidden />
							</button>
						</Menu>
					</h1>
					<span className="faint cut" data-counts>
						{count(document.nodes.length, "node")} · {countEdges(document.edges.length, preview ? 0 : edgesLeft)} ·{" "}
						{count(runs, "run")}
					</span>
				</>
			)}
			<span className="grow" />
			{name !== null && <UndoRedo />}
			<PanelToggles />
			<span className="top-divider" />
			{name !== null && !isSmall && <CircuitTools />}
			{isSmall || isNarrow ? <EverythingElse all={isSmall} /> : <AppTools />}
		</header>
	);
}

function Mark() {
	return (
		<svg className="mark" viewBox="0 0 22 22" aria-hidden>
			<path d="M4 18 11 11l7 7M11 11V4" fill="none" stroke="var(--accent)" strokeWidth="1.8" />
			<g fill="var(--panel)" stroke="var(--accent)" strokeWidth="1.8">
				<circle cx="4" cy="18" r="2.6" />
				<circle cx="18" cy="18" r="2.6" />
				<circle cx="11" cy="11" r="2.6" />
				<circle cx="11" cy="4" r="2.6" />
			</g>
		</svg>
	);
}
