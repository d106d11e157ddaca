import { useEffect, useRef } from "react";
import { colourOf } from "#shared/drawing/feature-card";
import { themeOfSide } from "#shared/drawing/side-theme";
import { useDerived } from "../document/derived-store.ts";
import { useSession } from "../document/session-store.ts";
import { setView, useView } from "../document/view-store.ts";
import { canvasTheme } from "../ui/apply-theme.ts";
import { canvasSize } from "./camera.ts";

const width = 168;
const height = 112;
const room = 8;

/** The whole circuit, small, with the window in it; a press or a drag goes there. Hidden where all is in view anyway. */
export function MiniMap() {
	const canvas = useRef<HTMLCanvasElement>(null);
	const scene = useDerived((state) => state.scene);
	const camera = useView((state) => state.camera);
	const settings = useSession((state) => state.settings);
	const { bounds } = scene;
	const scale = Math.min(
		(width - 2 * room) / Math.max(1, bounds.width),
		(height - 2 * room) / Math.max(1, bounds.height),
	);
	const left = (width - bounds.width * scale) / 2 - bounds.x * scale;
	const top = (height - bounds.height * scale) / 2 - bounds.y * scale;

	// Until there is a camera, there is nothing to paint on.
	const isShown = camera !== null && scene.nodes.length > 0;
	useEffect(() => {
		if (!isShown) return;
		const context = canvas.current?.getContext("2d");
		if (!context) return;
		const theme = canvasTheme(settings);
		const density = window.devicePixelRatio;
		context.setTransform(density, 0, 0, density, 0, 0);
		context.clearRect(0, 0, width, height);
		for (const { node, x, y, width: w, height: h } of scene.nodes) {
			context.fillStyle = colourOf(node, themeOfSide(theme, node.side));
			context.globalAlpha = 0.75;
			context.fillRect(left + x * scale, top + y * scale, Math.max(1.5, w * scale), Math.max(1.5, h * scale));
		}
	}, [scene, settings, scale, left, top, isShown]);

	const size = canvasSize();
	if (!camera || !isShown) return null;
	const view = {
		x: left + camera.x * scale,
		y: top + camera.y * scale,
		width: (size.width / camera.zoom) * scale,
		height: (size.height / camera.zoom) * scale,
	};
	const seesAll =
		view.x <= left + bounds.x * scale &&
		view.y <= top + bounds.y * scale &&
		view.x + view.width >= left + (bounds.x + bounds.width) * scale &&
		view.y + view.height >= top + (bounds.y + bounds.height) * scale;
	const go = (event: React.PointerEvent) => {
		if (event.buttons === 0) return;
		event.currentTarget.setPointerCapture(event.pointerId);
		const box = event.currentTarget.getBoundingClientRect();
		const x = (event.clientX - box.left - left) / scale;
		const y = (event.clientY - box.top - top) / scale;
		setView({ camera: { ...camera, x: x - size.width / 2 / camera.zoom, y: y - size.height / 2 / camera.zoom } });
	};
	return (
		<div
			className="minimap"
			data-idle={seesAll || undefined}
			onPointerDown={go}
			onPointerMove={go}
			role="img"
			aria-label="The whole circuit with the part that is in view"
		>
			<canvas
				ref={canvas}
				width={width * window.devicePixelRatio}
				height={height * window.devicePixelRatio}
				style={{ width, height }}
			/>
			<div className="minimap-view" style={{ left: view.x, top: view.y, width: view.width, height: view.height }} />
		</div>
	);
}
