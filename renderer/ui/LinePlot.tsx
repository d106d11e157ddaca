import { formatNumber } from "#shared/drawing/svg-text";
import "./plot.css";
import { coverWithTicks, fillWithTicks } from "./plot-ticks.ts";
import { useWidth } from "./use-width.ts";

export interface PlotPoint {
	readonly x: number;
	readonly y: number;
	/** Where the true value may lie. */
	readonly interval?: readonly [number, number];
}

export interface PlotSeries {
	readonly name: string;
	readonly points: readonly PlotPoint[];
}

interface LinePlotProps {
	readonly label: string;
	readonly xName: string;
	readonly series: readonly PlotSeries[];
	/** Horizontal lines with their names, such as a mean. */
	readonly levels?: readonly { readonly name: string; readonly y: number }[];
	/** x values that are marked by a dashed line. */
	readonly marks?: readonly number[];
	/** A press on a point of this x. */
	readonly chosen?: number;
	onChoose?(x: number): void;
	readonly height?: number;
	/** In pixels, before its own is known. */
	readonly width?: number;
	/** Also these y values are in view. */
	readonly include?: readonly number[];
}

const [left, right, top, bottom] = [58, 14, 10, 30];
/** Between two x values that are both named. */
const leastGap = 24;
/** Colour is not the only carrier: each line has its own dash. */
const dashes = ["", "7 4", "2 3", "10 3 2 3", "1 4", "12 4"];
const colours = ["var(--accent)", "var(--raise)", "var(--lower)", "var(--ok)", "var(--warn)", "var(--ink2)"];

/** Lines over a common axis, drawn to be read: few ticks, values in words for those who cannot see it. */
export function LinePlot(props: LinePlotProps) {
	const {
		label,
		xName,
		series,
		levels = [],
		marks = [],
		chosen,
		onChoose,
		width: usualWidth = 640,
		height = 220,
		include = [],
	} = props;
	// A unit is a pixel, so that letters have one size however wide it is.
	const [measure, width] = useWidth(usualWidth);
	const points = series.flatMap((one) => one.points);
	if (points.length === 0) return null;
	const [firstX, lastX] = extent(points.map((point) => point.x));
	const [least, most] = extent([
		...points.flatMap(({ y, interval = [] }) => [y, ...interval]),
		...levels.map(({ y }) => y),
		...include,
	]);
	const vertical = coverWithTicks(least, most, height / 45);
	const [floor, ceiling] = extent(vertical.values);
	const x = (value: number) => left + ((value - firstX) / (lastX - firstX || 1)) * (width - left - right);
	const y = (value: number) => top + (1 - (value - floor) / (ceiling - floor)) * (height - top - bottom);
	const seen = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
	// Few x values are named each; many, or some that stand too close, share round numbers.
	const isRoomy = seen.every((value, i) => i === 0 || x(value) - x(seen[i - 1] as number) >= leastGap);
	const horizontal =
		isRoomy && seen.length <= width / 64 ? { values: seen, show: String } : fillWithTicks(firstX, lastX, width / 90);
	return (
		<figure className="plot" ref={measure}>
			<svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(label, series)}>
				{vertical.values.map((value) => (
					<g key={value}>
						<path d={`M${left} ${y(value)}H${width - right}`} stroke="var(--line)" />
						<text x={left - 8} y={y(value) + 4} textAnchor="end">
							{vertical.show(value)}
						</text>
					</g>
				))}
				{horizontal.values.map((value) => (
					<text key={value} x={x(value)} y={height - bottom + 16} textAnchor="middle">
						{horizontal.show(value)}
					</text>
				))}
				<text className="plot-name" x={width - right} y={height - 1} textAnchor="end">
					{xName}
				</text>
				{marks.map((value) => (
					<path
						key={value}
						d={`M${x(value)} ${top}V${height - bottom}`}
						stroke="var(--line-strong)"
						strokeDasharray="3 4"
					/>
				))}
				{levels.map((level) => (
					<g key={level.name}>
						<path d={`M${left} ${y(level.y)}H${width - right}`} stroke="var(--ink2)" strokeDasharray="2 4" />
						<text className="plot-name" x={width - right} y={y(level.y) - 5} textAnchor="end">
							{level.name}
						</text>
					</g>
				))}
				{series.map(({ name, points: own }, i) => (
					<g key={name} stroke={colourOf(i)} fill="none">
						{own.map(({ x: at, interval }) =>
							interval ? (
								<path key={at} d={`M${x(at)} ${y(interval[0])}V${y(interval[1])}`} strokeWidth={5} opacity={0.25} />
							) : null,
						)}
						<path
							d={own.map((point, j) => `${j === 0 ? "M" : "L"}${x(point.x)} ${y(point.y)}`).join("")}
							strokeWidth={2}
							strokeDasharray={dashes[i % dashes.length]}
							strokeLinejoin="round"
						/>
					</g>
				))}
			</svg>
			{onChoose &&
				series.flatMap(({ name, points: own }, i) =>
					own.map((point) => (
						<button
							key={`${name} ${point.x}`}
							type="button"
							className="plot-point"
							aria-pressed={point.x === chosen}
							aria-label={`${name} at ${point.x}: ${formatNumber(point.y)}`}
							style={{
								left: `${(100 * x(point.x)) / width}%`,
								top: `${(100 * y(point.y)) / height}%`,
								["--tone" as string]: colourOf(i),
							}}
							onClick={() => onChoose(point.x)}
						/>
					)),
				)}
			{series.length > 1 && (
				<figcaption className="plot-legend">
					{series.map(({ name }, i) => (
						<span key={name} className="plot-key">
							<svg viewBox="0 0 22 8" aria-hidden>
								<path d="M0 4H22" stroke={colourOf(i)} strokeWidth={2} strokeDasharray={dashes[i % dashes.length]} />
							</svg>
							{name}
						</span>
					))}
				</figcaption>
			)}
		</figure>
	);
}

const colourOf = (series: number) => colours[series % colours.length] as string;

function extent(values: readonly number[]): readonly [number, number] {
	const finite = values.filter(Number.isFinite);
	return [Math.min(...finite), Math.max(...finite)];
}

function describe(label: string, series: readonly PlotSeries[]): string {
	const ends = series.map(({ name, points }) => {
		const [first, last] = [points[0], points.at(-1)];
		return first && last ? `${name} from ${formatNumber(first.y)} to ${formatNumber(last.y)}` : name;
	});
	return `${label}: ${ends.join("; ")}`;
}
