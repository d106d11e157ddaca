import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Circuit, CircuitNode } from "#shared/circuit";
import type { Sides } from "#shared/compare-circuits";
import { emptyDocument } from "#shared/document";
import { arrangeCircuit } from "#shared/drawing/arrange";
import type { Box } from "#shared/drawing/box";
import { nodeAt, type Scene, type SceneNode } from "#shared/drawing/scene";
import { initialView } from "#shared/saved-view";
import { fitCamera } from "../canvas/camera.ts";
import { dotsBelow } from "../canvas/marks.ts";
import { paintScene } from "../canvas/paint.ts";
import { paintShapes } from "../canvas/paint-shapes.ts";
import { useDocument } from "../document/document-store.ts";
import { currentNames } from "../document/names.ts";
import { useSession } from "../document/session-store.ts";
import { canvasTheme, resolveTheme, watchSystemTheme } from "../ui/apply-theme.ts";

const size = { width: 1006, height: 420 };
const density = 2;

/** Both circuits in one, as the canvas draws them; what only one has is outlined, of the right one with dashes. */
export function ComparisonPicture({
	left,
	right,
	nodes,
}: {
	readonly left: Circuit;
	readonly right: Circuit;
	readonly nodes: Sides<CircuitNode>;
}) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const metricName = useDocument((state) => state.run?.metricName || "cross_entropy");
	const settings = useSession((state) => state.settings);
	const theme = useSyncExternalStore(watchSystemTheme, () => resolveTheme(settings.theme));
	const scene = useMemo(() => arrangeBoth(left, right, nodes, metricName), [left, right, nodes, metricName]);
	const sideOf = useMemo(
		() =>
			new Map<string, "left" | "right">([
				...nodes.left.map(({ id }) => [id, "left"] as const),
				...nodes.right.map(({ id }) => [id, "right"] as const),
			]),
		[nodes],
	);
	const camera = useMemo(() => fitCamera(scene.bounds, size), [scene]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the system's theme decides where the settings leave it to it.
	useEffect(() => {
		const context = canvas.current?.getContext("2d");
		if (!context) return;
		const colours = canvasTheme(settings);
		const contentOf = ({ node }: SceneNode) => ({ token: "", effect: 0, name: currentNames()(node.id) });
		const painting = { scene, camera, density, ...size, theme: colours, contentOf, without: new Set<string>() };
		for (const _ of paintScene(context, painting));
		const scale = camera.zoom * density;
		context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
		const room = 4 / camera.zoom;
		for (const one of scene.nodes) {
			const side = sideOf.get(one.node.id);
			if (side === undefined) continue;
			const outline = camera.zoom < dotsBelow ? aroundMark(one, 2.2 * room) : aroundCard(one, room);
			const stroke = side === "left" ? colours.raise : colours.lower;
			const dash = side === "right" && { dash: [room, room * 0.75] };
			paintShapes(context, [{ type: "rect", ...outline, stroke, lineWidth: 2 / camera.zoom, ...dash }]);
		}
	}, [scene, camera, sideOf, settings, theme]);
	return (
		<div className="compare-canvas">
			<canvas
				ref={canvas}
				width={size.width * density}
				height={size.height * density}
				role="img"
				aria-label={`${nodes.common.length} common nodes, ${nodes.left.length} only left, ${nodes.right.length} only right`}
				onPointerMove={({ currentTarget, clientX, clientY }) => {
					const box = currentTarget.getBoundingClientRect();
					const zoom = (camera.zoom * box.width) / size.width;
					const one = nodeAt(scene, camera.x + (clientX - box.left) / zoom, camera.y + (clientY - box.top) / zoom);
					const side = one && sideOf.get(one.node.id);
					currentTarget.title = one ? `${one.node.id}: ${side === undefined ? "in both" : `only ${side}`}` : "";
				}}
			/>
		</div>
	);
}

function aroundCard({ x, y, width, height }: Box, room: number) {
	return { x: x - room, y: y - room, width: width + 2 * room, height: height + 2 * room, radius: room };
}

function aroundMark({ x, y, width, height }: Box, radius: number) {
	return { ...aroundCard({ x: x + width / 2, y: y + height / 2, width: 0, height: 0 }, radius), radius };
}

function arrangeBoth(left: Circuit, right: Circuit, { right: added }: Sides<CircuitNode>, metricName: string): Scene {
	const known = new Set(left.nodes.map(({ id }) => id));
	const edges = new Map([...left.edges, ...right.edges].map((edge) => [`${edge.source} ${edge.target}`, edge]));
	const nodes = [...left.nodes, ...added.filter(({ id }) => !known.has(id))];
	const document = { ...emptyDocument, nodes, edges: [...edges.values()] };
	return arrangeCircuit(document, { ...initialView, fresh: false }, { metricName }).scene;
}
