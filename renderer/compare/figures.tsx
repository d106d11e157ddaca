import { differenceOf, type Figures, sideOf } from "#shared/compared-view";
import { signed } from "#shared/effect";
import { SideMark } from "./SideMark.tsx";

const mostLetters = 16;

/** A circuit's name in little room: names of two states differ at their ends. */
export const shortTitle = (title: string): string =>
	title.length <= mostLetters ? title : `${title.slice(0, 6)}…${title.slice(-(mostLetters - 7))}`;

/** What both circuits have as effects: positive raises the target. Nodes' stored numbers are the other way round. */
export const effectsOf = ({ left, right }: Figures): Figures => ({
	...(left !== undefined && { left: 0 - left }),
	...(right !== undefined && { right: 0 - right }),
});

/** A figure in a column; a dash where the circuit has none. */
export const showFigure = (value: number | undefined): string => (value === undefined ? "–" : signed(value));

/** Both circuits' figures and what lies between them, as cells of a row. */
export function FigureCells({
	figures,
	show = showFigure,
}: {
	readonly figures: Figures;
	show?(value: number | undefined): string;
}) {
	return [show(figures.left), show(figures.right), showFigure(differenceOf(figures))].map((text, column) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: cells are their columns.
		<td key={column} data-number className="mono">
			{text}
		</td>
	));
}

const words = { left: "only left", right: "only right", both: "in both" } as const;
export const sayIn = (figures: Figures): string => words[sideOf(figures)];

/** The side with its mark. */
export function InSide({ figures }: { readonly figures: Figures }) {
	const side = sideOf(figures);
	return (
		<span className="in-side" data-side={side}>
			<SideMark side={side} /> {words[side]}
		</span>
	);
}
