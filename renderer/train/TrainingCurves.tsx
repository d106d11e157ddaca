import { formatNumber } from "#shared/drawing/svg-text";
import type { TrainingPoint } from "#shared/training";
import { showShare } from "../ui/amounts.ts";
import { LinePlot } from "../ui/LinePlot.tsx";

/** How far training is, in figures, and how it came there, in curves. */
export function TrainingCurves({ points }: { readonly points: readonly TrainingPoint[] }) {
	const newest = points.at(-1);
	if (!newest) return null;
	const curve = (name: string, read: (point: TrainingPoint) => number, include: readonly number[]) => (
		<section>
			<h3 className="heading">{name}</h3>
			<LinePlot
				label={name}
				xName="steps"
				width={350}
				height={150}
				include={include}
				series={[{ name, points: points.map((point) => ({ x: point.step, y: read(point) })) }]}
			/>
		</section>
	);
	return (
		<>
			<Figures point={newest} />
			<div className="bench-pair">
				{curve("Loss", ({ loss }) => loss, [0])}
				{curve("Explained variance", ({ explained }) => explained, [0, 1])}
				{curve("L0", ({ l0 }) => l0, [0])}
				{curve("Dead features", ({ dead }) => dead, [0, 1])}
			</div>
		</>
	);
}

function Figures({ point }: { readonly point: TrainingPoint }) {
	const figures = [
		["Step", point.step.toLocaleString("en")],
		["Loss", formatNumber(point.loss)],
		["Explained", showShare(point.explained)],
		["L0", point.l0.toFixed(1)],
		["Dead", showShare(point.dead)],
	] as const;
	return (
		<dl className="figures">
			{figures.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}
