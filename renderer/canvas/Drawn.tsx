import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Shape } from "#shared/drawing/shapes";
import type { Theme } from "#shared/drawing/theme";
import { useSession } from "../document/session-store.ts";
import { canvasTheme, resolveTheme, watchSystemTheme } from "../ui/apply-theme.ts";
import { paintShapes } from "./paint-shapes.ts";

/** A small drawing of `#shared/drawing` in the page's colours; what it says is said beside it. */
export function Drawn({
	width,
	height,
	draw,
	className,
}: {
	readonly width: number;
	readonly height: number;
	/** The same function as long as it draws the same. */
	readonly draw: (theme: Theme) => readonly Shape[];
	readonly className?: string;
}) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const settings = useSession((state) => state.settings);
	const name = useSyncExternalStore(watchSystemTheme, () => resolveTheme(settings.theme));
	// biome-ignore lint/correctness/useExhaustiveDependencies: the system's theme decides where the settings leave it to it.
	useEffect(() => {
		const context = canvas.current?.getContext("2d");
		if (!context) return;
		const density = window.devicePixelRatio;
		context.setTransform(density, 0, 0, density, 0, 0);
		context.clearRect(0, 0, width, height);
		paintShapes(context, draw(canvasTheme(settings)));
	}, [draw, settings, name, width, height]);
	const density = window.devicePixelRatio;
	return (
		<canvas
			ref={canvas}
			className={className}
			width={width * density}
			height={height * density}
			style={{ width, height }}
			aria-hidden
		/>
	);
}
