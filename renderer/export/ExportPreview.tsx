import type { ExportPreview as Drawn } from "#shared/contract/export-result";
import type { ExportPlan } from "#shared/drawing/export-plan";
import type { Answer } from "../document/use-call.ts";
import { SheetGrid } from "./SheetGrid.tsx";

interface ExportPreviewProps {
	readonly preview: Answer<Drawn>;
	readonly plan: ExportPlan | undefined;
	/** Of sheets, in points. */
	readonly overlap: number;
	readonly transparent: boolean;
}

/** The pages as they will be: the drawing, and over it the sheets that it is printed on. */
export function ExportPreview({ preview, plan, overlap, transparent }: ExportPreviewProps) {
	const { answer: shown, loading, problem } = preview;
	return (
		<section
			className="export-preview"
			aria-label="Preview"
			aria-busy={loading}
			data-transparent={transparent || undefined}
		>
			{problem && (
				<p className="field-error" role="alert">
					{problem.message}
				</p>
			)}
			{!shown && !problem && <p className="faint">Drawing …</p>}
			{shown && <Stage shown={shown} plan={plan} overlap={overlap} />}
			{shown && loading && <p className="export-redraw">Drawing …</p>}
		</section>
	);
}

function Stage({
	shown,
	plan,
	overlap,
}: {
	readonly shown: Drawn;
	readonly plan: ExportPlan | undefined;
	readonly overlap: number;
}) {
	const { width, height, title } = shown.outline;
	const sheets = plan?.poster?.sheets ?? [];
	const scale = plan?.scale ?? 1;
	const left = Math.min(0, ...sheets.map(({ x }) => x / scale));
	const top = Math.min(0, ...sheets.map(({ y }) => y / scale));
	const right = Math.max(width, ...sheets.map((sheet) => (sheet.x + sheet.width) / scale));
	const bottom = Math.max(height, ...sheets.map((sheet) => (sheet.y + sheet.height) / scale));
	return (
		<svg
			className="export-stage"
			viewBox={`${left} ${top} ${right - left} ${bottom - top}`}
			role="group"
			aria-label={title}
		>
			{sheets.map(({ label, x, y, width: w, height: h }) => (
				<rect key={label} x={x / scale} y={y / scale} width={w / scale} height={h / scale} fill="#ffffff" />
			))}
			<image href={`data:image/png;base64,${shown.picture}`} x="0" y="0" width={width} height={height} />
			{plan?.poster ? (
				<SheetGrid poster={plan.poster} overlap={overlap} unit={Math.max(right - left, bottom - top) / 700} />
			) : (
				<rect className="export-paper" x="0" y="0" width={width} height={height} vectorEffect="non-scaling-stroke" />
			)}
		</svg>
	);
}
