import { ArrowDown, ArrowUp } from "lucide-react";
import type { FeaturePage, FeatureRow } from "#shared/contract/results";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { Context } from "../ui/FeatureRows.tsx";
import type { FeatureSearch } from "./feature-queries.ts";

const columns = [
	{ sort: "feature", name: "Feature" },
	{ sort: "label", name: "Label" },
	{ sort: "frequency", name: "Fires on" },
	{ sort: "maxActivation", name: "Largest" },
] as const;

/** The features that were found, sorted by pressing a column. */
export function FeatureTable({
	page,
	asked,
	chosen,
	onAsk,
	onChoose,
}: {
	readonly page: FeaturePage | undefined;
	readonly asked: FeatureSearch;
	readonly chosen: number | undefined;
	onAsk(part: Partial<FeatureSearch>): void;
	onChoose(feature: number): void;
}) {
	const Direction = asked.descending ? ArrowDown : ArrowUp;
	return (
		<div className="features-table">
			<table className="data-table">
				<thead>
					<tr>
						{columns.map(({ sort, name }) => (
							<th
								key={sort}
								scope="col"
								aria-sort={asked.sort === sort ? (asked.descending ? "descending" : "ascending") : "none"}
							>
								<button
									type="button"
									className="sort"
									onClick={() =>
										onAsk({ sort, descending: asked.sort === sort ? !asked.descending : sort !== "feature" })
									}
								>
									{name} {asked.sort === sort && <Direction size={12} aria-hidden />}
								</button>
							</th>
						))}
						<th scope="col">Raises</th>
						<th scope="col">Strongest context</th>
					</tr>
				</thead>
				<tbody>
					{page?.rows.map((row) => (
						<Row key={row.id} row={row} chosen={row.feature === chosen} onChoose={onChoose} />
					))}
				</tbody>
			</table>
			{page && page.total === 0 && (
				<p className="empty">
					{page.known === 0
						? "Nothing is known of these features yet. Gather activations over a text below."
						: "No feature fits. Search for another word, or look everywhere."}
				</p>
			)}
		</div>
	);
}

function Row({
	row,
	chosen,
	onChoose,
}: {
	readonly row: FeatureRow;
	readonly chosen: boolean;
	onChoose(feature: number): void;
}) {
	return (
		<tr data-chosen={chosen || undefined} onClick={() => onChoose(row.feature)}>
			<td>
				<button type="button" className="link mono" aria-pressed={chosen} onClick={() => onChoose(row.feature)}>
					{row.id}
				</button>
			</td>
			<td className="cut features-label" title={row.label ?? undefined}>
				{row.labelIsPublished ? <span className="published">{row.label}</span> : row.label}
			</td>
			<td className="number">{row.frequency > 0 ? `${(100 * row.frequency).toPrecision(2)}%` : "–"}</td>
			<td className="number">{row.maxActivation !== 0 ? formatNumber(row.maxActivation) : "–"}</td>
			<td className="features-words mono">{row.raises.slice(0, 3).map(showToken).join(" ")}</td>
			<td>{row.context && <Context as="div" context={row.context} most={row.maxActivation} />}</td>
		</tr>
	);
}
