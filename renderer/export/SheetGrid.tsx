import { useRef } from "react";
import type { PosterPlan } from "#shared/drawing/poster-plan";
import { choose, useExportChoice } from "./export-choice.ts";

interface SheetGridProps {
	readonly poster: PosterPlan;
	readonly overlap: number;
	/** Of the drawing, about a pixel of the screen. */
	readonly unit: number;
}

const stepPoints = 12;

/** The sheets over the drawing. Dragging, or the arrow keys, move the whole grid. */
export function SheetGrid({ poster, overlap, unit }: SheetGridProps) {
	const { scale, sheets } = poster;
	const start = useRef<{ readonly x: number; readonly y: number; readonly shift: { x: number; y: number } }>(undefined);
	const move = (from: { readonly x: number; readonly y: number }, dx: number, dy: number) => {
		const [first] = sheets;
		if (!first) return;
		// What a sheet adds to its neighbour: so much further is the same grid.
		const wrap = (value: number, length: number) => Math.round(((value % length) + length) % length);
		choose({
			shift: { x: wrap(from.x - dx, first.width - overlap), y: wrap(from.y - dy, first.height - overlap) },
		});
	};
	const pointsOf = (event: React.PointerEvent<SVGGElement>) => {
		const matrix = event.currentTarget.getScreenCTM();
		return { x: (event.clientX / (matrix?.a ?? 1)) * scale, y: (event.clientY / (matrix?.d ?? 1)) * scale };
	};
	return (
		<g
			className="sheet-grid"
			role="slider"
			tabIndex={0}
			aria-label="Grid of sheets"
			aria-valuenow={useExportChoice.getState().shift.x}
			aria-valuetext={`${sheets.filter(({ isEmpty }) => !isEmpty).length} sheets; arrow keys move them`}
			onPointerDown={(event) => {
				event.currentTarget.setPointerCapture(event.pointerId);
				start.current = { ...pointsOf(event), shift: useExportChoice.getState().shift };
			}}
			onPointerMove={(event) => {
				if (!start.current) return;
				const now = pointsOf(event);
				move(start.current.shift, now.x - start.current.x, now.y - start.current.y);
			}}
			onPointerUp={() => {
				start.current = undefined;
			}}
			onKeyDown={(event) => {
				const steps: Readonly<Record<string, readonly [number, number]>> = {
					ArrowLeft: [-stepPoints, 0],
					ArrowRight: [stepPoints, 0],
					ArrowUp: [0, -stepPoints],
					ArrowDown: [0, stepPoints],
				};
				const step = steps[event.key];
				if (!step) return;
				event.preventDefault();
				move(useExportChoice.getState().shift, step[0], step[1]);
			}}
		>
			{sheets.map(({ label, x, y, width, height, isEmpty, cutRight, cutBelow }) => {
				const [w, h] = [(cutRight ?? x + width) - x, (cutBelow ?? y + height) - y];
				const size = Math.min(16 * unit, (h / scale) * 0.3);
				return (
					<g key={label} data-empty={isEmpty || undefined}>
						<rect x={x / scale} y={y / scale} width={w / scale} height={h / scale} vectorEffect="non-scaling-stroke" />
						<path d={seams({ x, y, width, height, w, h }, scale)} className="sheet-overlap" />
						<text x={x / scale + size * 0.5} y={y / scale + size * 0.9} fontSize={size}>
							{label}
						</text>
					</g>
				);
			})}
		</g>
	);
}

/** What a sheet shows beyond its cuts, and its neighbours too: where they are glued. */
function seams(at: Readonly<Record<"x" | "y" | "width" | "height" | "w" | "h", number>>, scale: number): string {
	const [x, y, right, bottom] = [at.x, at.y, at.x + at.width, at.y + at.height].map((value) => value / scale);
	const [cutX, cutY] = [(at.x + at.w) / scale, (at.y + at.h) / scale];
	const across = at.w < at.width ? `M${cutX} ${y}H${right}V${bottom}H${cutX}Z` : "";
	const down = at.h < at.height ? `M${x} ${cutY}H${at.w < at.width ? cutX : right}V${bottom}H${x}Z` : "";
	return across + down;
}
