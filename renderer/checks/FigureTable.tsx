import type { ReactNode } from "react";

/** What is measured of dictionaries, and what each figure is. */
const figures = {
	features: ["Features", undefined],
	l0: ["L0", "Mean number of active features"],
	explained: ["Explained", "1 − Σ‖x − x̂‖² / Σ‖x − mean‖²"],
	dead: ["Dead", "Share of features that no token of the text activates"],
	loss: ["Loss", "Loss of the model as it is → with the reconstruction in the site's place"],
	recovered: [
		"Recovered",
		"Share of the loss between zeros and the site as it is that the reconstruction keeps, first positions included",
	],
} as const;

interface FigureTableProps {
	readonly columns: readonly (keyof typeof figures)[];
	readonly className?: string;
	readonly children: ReactNode;
}

/** Dictionaries with figures of them, a column each. */
export function FigureTable({ columns, className, children }: FigureTableProps) {
	return (
		<table className={className === undefined ? "data-table" : `data-table ${className}`}>
			<thead>
				<tr>
					<th scope="col">Dictionary</th>
					{columns.map((column) => {
						const [name, title] = figures[column];
						return (
							<th key={column} scope="col" className="number" title={title}>
								{name}
							</th>
						);
					})}
				</tr>
			</thead>
			{children}
		</table>
	);
}
