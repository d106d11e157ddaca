import { useState } from "react";
import type { ResponsePoint, ResponseResult } from "#shared/response";
import { FieldRow } from "../ui/FieldRow.tsx";
import { LinePlot, type PlotSeries } from "../ui/LinePlot.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { ResponsePointView } from "./ResponsePointView.tsx";

const nameOf = (members: readonly string[]) => (members.length > 1 ? `${members.length} together` : (members[0] ?? ""));

/** The curves over the scale; a point that is pressed is told below. `plotted` is −1 for the metric, else into `watched`. */
export function ResponseCurves({
	response: { metric, watched, curves },
	plotted,
}: {
	readonly response: ResponseResult;
	readonly plotted: number;
}) {
	const [chosen, setChosen] = useState(0);
	const [curve, setCurve] = useState(0);
	const shown = curves[Math.min(curve, curves.length - 1)];
	const pointAt = (wanted: number) => shown?.points.find(({ coefficient }) => coefficient === wanted);
	const [point, usual] = [pointAt(chosen), pointAt(1)];
	const read = (one: ResponsePoint) => (plotted < 0 ? one.value : (one.watched[plotted] ?? 0));
	const what = plotted < 0 ? metric : (watched[plotted] ?? "");
	return (
		<>
			<LinePlot
				label={`${what} over the scale`}
				xName="scale"
				series={curves.map(
					({ nodes, points }): PlotSeries => ({
						name: nameOf(nodes),
						points: points.map((one) => ({ x: one.coefficient, y: read(one) })),
					}),
				)}
				marks={[0, 1]}
				chosen={chosen}
				onChoose={setChosen}
			/>
			{curves.length > 1 && (
				<FieldRow label="Next token with">
					<SelectField
						label="Next token with"
						value={String(curve)}
						options={curves.map(({ nodes }, i) => ({ value: String(i), label: nameOf(nodes) }))}
						onChange={(value) => setCurve(Number(value))}
					/>
				</FieldRow>
			)}
			{shown && point && usual && (
				<ResponsePointView
					coefficient={chosen}
					what={what}
					value={read(point)}
					usual={read(usual)}
					positions={shown.positions}
					point={point}
				/>
			)}
		</>
	);
}
