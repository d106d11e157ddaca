import { useEffect, useMemo, useRef } from "react";
import { showBoth } from "#shared/compared-view";
import { buildCardContent } from "#shared/drawing/card-content";
import type { CardContent } from "#shared/drawing/feature-card";
import type { SceneNode } from "#shared/drawing/scene";
import { withoutPosition } from "#shared/node-id";
import { isComparing } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useHighlight } from "../document/highlight-store.ts";
import { useNames } from "../document/names.ts";
import { useSession } from "../document/session-store.ts";
import { useShownRun } from "../document/shown-run.ts";
import { saveViewSoon, select, setView, useView } from "../document/view-store.ts";
import { canvasTheme, watchSystemTheme } from "../ui/apply-theme.ts";
import { Context, type MenuGroups } from "../ui/Menu.tsx";
import { canvasSize, fitCamera, freeSize, setCanvasSize } from "./camera.ts";
import { CanvasRenderer } from "./canvas-renderer.ts";
import { HoverCard } from "./HoverCard.tsx";
import { useHover } from "./hover-store.ts";
import { attachInteractions } from "./interactions.ts";
import { walkSelection } from "./keyboard-walk.ts";
import { MiniMap } from "./MiniMap.tsx";
import { setLetterScale } from "./marks.ts";
import { NotesLayer } from "./NotesLayer.tsx";
import type { Overlay } from "./overlay.ts";
import { seenAlong } from "./path-overlay.ts";
import { SupernodeName } from "./SupernodeName.tsx";
import { edgeUnder, localPoint, nodeUnder } from "./under.ts";
import "./canvas.css";

const nothing: Overlay = {
	selection: new Set(),
	hover: undefined,
	edge: undefined,
	path: [],
	drag: undefined,
	lasso: undefined,
	link: undefined,
};

/**
 * The circuit as a picture to work on. What it shows is derived; what it changes goes through commands. `menu` says what
 * can be done with what is under the pointer.
 */
export function GraphCanvas({ menu }: { menu(): MenuGroups }) {
	const frame = useRef<HTMLDivElement>(null);
	const canvas = useRef<HTMLCanvasElement>(null);
	const renderer = useRef<CanvasRenderer>(undefined);
	const overlay = useRef<Overlay>(nothing);
	const scene = useDerived((state) => state.scene);
	const compared = useDerived((state) => state.compared);
	const nameOf = useNames();
	const facts = useFacts((state) => state.facts);
	const run = useShownRun();
	const settings = useSession((state) => state.settings);
	const { camera, selection, edge } = useView();
	const highlighted = useHighlight(({ path }) => path);
	const contentOf = useMemo(() => {
		const contents = new Map<string, CardContent>();
		const content = buildCardContent(facts, nameOf, run);
		const withBoth = (node: SceneNode["node"]): CardContent => ({
			...content(node),
			...(compared && { effects: showBoth(compared.nodeFigures(node.id).attribution) }),
		});
		return ({ node }: SceneNode): CardContent => {
			const known = contents.get(node.id) ?? withBoth(node);
			contents.set(node.id, known);
			return known;
		};
	}, [facts, nameOf, run, compared]);

	useEffect(() => {
		const element = canvas.current;
		const box = frame.current;
		if (!element || !box) return;
		const painter = new CanvasRenderer(element);
		renderer.current = painter;
		const show = (change: Partial<Overlay>) => {
			overlay.current = { ...overlay.current, ...change };
			painter.setOverlay(overlay.current);
			const { hover, drag, link, lasso } = overlay.current;
			const node = drag || link || lasso ? undefined : hover;
			if (useHover.getState().node !== node) useHover.setState({ node });
		};
		const detach = attachInteractions(element, show);
		const resize = () => {
			const { clientWidth, clientHeight } = box;
			setCanvasSize(clientWidth, clientHeight);
			painter.resize(clientWidth, clientHeight);
			fitIfNew();
		};
		const observer = new ResizeObserver(resize);
		observer.observe(box);
		resize();
		// For whoever waits for the whole truth: tests, benchmarks, scripts.
		Object.assign(element, { scdSettled: () => painter.settled && isLaidOut() });
		return () => {
			observer.disconnect();
			detach();
			painter.dispose();
			renderer.current = undefined;
		};
	}, []);

	useEffect(() => {
		const tokenAt = (position: number) => run?.tokens[position] ?? "";
		setLetterScale(settings.fontScale);
		const show = () => renderer.current?.setPicture({ scene, theme: canvasTheme(settings), contentOf, tokenAt });
		show();
		fitIfNew();
		// Letters are measured with the fonts that are there; those of the app may come a moment later.
		globalThis.document.fonts.ready.then(show, () => {});
		return watchSystemTheme(show);
	}, [scene, settings, contentOf, run]);

	useEffect(() => {
		if (camera) renderer.current?.setCamera(camera);
		else fitIfNew();
	}, [camera]);

	useEffect(() => {
		const path = highlighted ? seenAlong(highlighted, useDerived.getState().view, scene, run?.metricName ?? "") : [];
		if (path.length === 0 && overlay.current.path.length === 0) return;
		overlay.current = { ...overlay.current, path };
		renderer.current?.setOverlay(overlay.current);
	}, [highlighted, scene, run]);

	useEffect(() => {
		overlay.current = { ...overlay.current, selection, edge: edge ?? undefined };
		renderer.current?.setOverlay(overlay.current);
	}, [selection, edge]);

	useEffect(() => useView.subscribe(saveViewSoon), []);

	return (
		<div className="canvas-frame" ref={frame}>
			<Context label="What can be done here" groups={menu}>
				<canvas
					ref={canvas}
					className="canvas"
					tabIndex={0}
					role="application"
					aria-label={`Circuit of ${scene.nodes.length} nodes and ${scene.edges.length} edges. Arrow keys walk along it; Shift T shows it as a table.`}
					data-path={highlighted?.join(" ")}
					data-nodes={scene.nodes.length}
					data-edges={scene.edges.length}
					onContextMenu={selectUnder}
					onDoubleClick={(event) => zoomUnder(event)}
					onKeyDown={(event) => {
						if (walkSelection(event.key, event.shiftKey)) event.preventDefault();
					}}
				/>
			</Context>
			<NotesLayer />
			<SupernodeName />
			<MiniMap />
			<HoverCard />
			<div className="visually-hidden" aria-live="polite">
				{describeSelection(selection)}
			</div>
		</div>
	);
}

function isLaidOut(): boolean {
	const { filtered, places } = useDerived.getState();
	return !useDocument.getState().loading && filtered.nodes.every(({ id }) => places.has(id));
}

/** What the camera was last fitted to, of each circuit: it is not fitted again when a comparison is closed. */
const fitted = new Map<string, string>();

/** The circuit is fitted into the window as it grows, until a person moves the camera; what lies over it moves nothing. */
function fitIfNew(): void {
	const { camera, autoFit } = useView.getState();
	const { scene, filtered, places } = useDerived.getState();
	const { width, height } = canvasSize();
	if ((camera && !autoFit) || scene.nodes.length === 0 || width === 0) return;
	if (filtered.nodes.filter(({ id }) => places.has(id)).length < filtered.nodes.length / 4) return;
	const subject = isComparing() ? "" : (useDocument.getState().name ?? "");
	const fits = JSON.stringify([scene.bounds, width, height]);
	if (camera && fits === fitted.get(subject)) return;
	fitted.set(subject, fits);
	const next = fitCamera(scene.bounds, freeSize());
	if (JSON.stringify(next) !== JSON.stringify(camera)) setView({ camera: next, autoFit: true });
}

/** The menu is about what is under the pointer, or about the selection where that is part of it. */
function selectUnder(event: React.MouseEvent<HTMLCanvasElement>): void {
	const point = localPoint(event.currentTarget, event);
	const node = nodeUnder(point);
	if (node === undefined) setView({ selection: new Set(), edge: edgeUnder(point) ?? null });
	else if (!useView.getState().selection.has(node)) select([node]);
}

function zoomUnder(event: React.MouseEvent<HTMLCanvasElement>): void {
	const id = nodeUnder(localPoint(event.currentTarget, event));
	const node = id === undefined ? undefined : useDerived.getState().scene.byId.get(id);
	if (!node) return;
	const { clientWidth: width, clientHeight: height } = event.currentTarget;
	setView({
		camera: { x: node.x + node.width / 2 - width / 2, y: node.y + node.height / 2 - height / 2, zoom: 1 },
	});
}

function describeSelection(selection: ReadonlySet<string>): string {
	const [first] = selection;
	if (first === undefined) return "";
	return selection.size === 1 ? `${withoutPosition(first)} selected` : `${selection.size} nodes selected`;
}
