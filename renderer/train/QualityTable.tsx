import { formatNumber } from "#shared/drawing/svg-text";
import type { DictionaryQuality } from "#shared/training";
import "../tasks/tasks.css";

/** Dictionaries side by side. */
export function QualityTable({ qualities }: { readonly qualities: readonly DictionaryQuality[] }) {
	return (
		<table className="data-table">
			<thead>
				<tr>
					<th scope="col">Dictionary</th>
					<th scope="col" className="number">
						Features
					</th>
					<th scope="col" className="number" title="Mean number of active features">
						L0
					</th>
					<th scope="col" className="number" title="1 − Σ‖x − x̂‖² / Σ‖x − mean‖²">
						Explained
					</th>
					<th scope="col" className="number" title="Share of features that no token of the text activates">
						Dead
					</th>
					<th
						scope="col"
						className="number"
						title="Loss of the model as it is → with the reconstruction in the site's place"
					>
						Loss
					</th>
					<th
						scope="col"
						className="number"
						title="Share of the loss between zeros and the site as it is that the reconstruction keeps"
					>
						Recovered
					</th>
				</tr>
			</thead>
			<tbody>
				{qualities.map((one) => (
					<tr key={one.dir}>
						<td title={one.dir}>
							<span className="mono">{one.site}</span> <span className="faint">{one.name}</span>
						</td>
						<td className="number">{one.features.toLocaleString("en")}</td>
						<td className="number">{one.l0.toFixed(1)}</td>
						<td className="number">{(100 * one.explained).toFixed(1)}%</td>
						<td className="number">{(100 * one.dead).toFixed(1)}%</td>
						<td className="number">
							{formatNumber(one.loss)} → {formatNumber(one.splicedLoss)}
						</td>
						<td className="number">{(100 * one.recovered).toFixed(1)}%</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
