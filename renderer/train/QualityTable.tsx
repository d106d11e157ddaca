import { formatNumber } from "#shared/drawing/svg-text";
import type { DictionaryQuality } from "#shared/training";
import { FigureTable } from "../checks/FigureTable.tsx";
import { showShare } from "../ui/amounts.ts";
import "../tasks/tasks.css";

/** Dictionaries side by side. */
export function QualityTable({ qualities }: { readonly qualities: readonly DictionaryQuality[] }) {
	return (
		<FigureTable columns={["features", "l0", "explained", "dead", "loss", "recovered"]}>
			<tbody>
				{qualities.map((one) => (
					<tr key={one.dir}>
						<td title={one.dir}>
							<span className="mono">{one.site}</span> <span className="faint">{one.name}</span>
						</td>
						<td className="number">{one.features.toLocaleString("en")}</td>
						<td className="number">{one.l0.toFixed(1)}</td>
						<td className="number">{showShare(one.explained)}</td>
						<td className="number">{showShare(one.dead)}</td>
						<td className="number">
							{formatNumber(one.loss)} → {formatNumber(one.splicedLoss)}
						</td>
						<td className="number">{showShare(one.recovered)}</td>
					</tr>
				))}
			</tbody>
		</FigureTable>
	);
}
