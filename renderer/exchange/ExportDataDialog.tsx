import { useState } from "react";
import type { DataFormat } from "#shared/exchange/data-formats";
import { closeDialog } from "../actions/workspace-store.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { saveData } from "./save-data.ts";

const formats: readonly { readonly value: DataFormat; readonly label: string; readonly about: string }[] = [
	{
		value: "scd",
		label: "Project (.scd)",
		about:
			"Chosen circuits with everything they need, to send to somebody: opened with this app, they stand beside what is there.",
	},
	{
		value: "json",
		label: "Circuit (.json)",
		about:
			"The whole circuit: numbers, runs, words, edits. It comes back exactly; its form is described in the repository.",
	},
	{
		value: "neuronpedia",
		label: "Neuronpedia (.neuronpedia.json)",
		about: "A graph as circuit-tracer writes it: upload it to Neuronpedia, or open it in their page.",
	},
	{
		value: "html",
		label: "Offline page (.html)",
		about: "One page to move, zoom and search, with every card. It needs no program and asks nobody for anything.",
	},
	{ value: "dot", label: "Graphviz (.dot)", about: "For Graphviz and the seed. It can be imported again." },
	{
		value: "graphml",
		label: "GraphML (.graphml)",
		about: "For networkx, Gephi, yEd and igraph. It can be imported again.",
	},
	{ value: "csv", label: "Tables (.csv)", about: "Two tables, nodes and edges, for spreadsheets." },
	{ value: "parquet", label: "Tables (.parquet)", about: "Two tables, nodes and edges, for notebooks." },
];

/** Circuits for other programs and other people; pictures have a dialog of their own. */
export function ExportDataDialog() {
	const open = useDocument((state) => state.name);
	const circuits = useSession((state) => state.circuits);
	const [format, setFormat] = useState<DataFormat>("scd");
	const [history, setHistory] = useState(true);
	const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(open === null ? [] : [open]));
	const [busy, setBusy] = useState(false);
	const names = format === "scd" ? circuits.map(({ name }) => name).filter((name) => chosen.has(name)) : [open ?? ""];
	const save = () => {
		setBusy(true);
		saveData(names, format, history)
			.then(closeDialog)
			.catch(reportError)
			.finally(() => setBusy(false));
	};
	const toggle = (name: string) => {
		const next = new Set(chosen);
		if (!next.delete(name)) next.add(name);
		setChosen(next);
	};
	return (
		<DialogFrame
			title="Export for other programs"
			width={500}
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Cancel</Button>
					<Button variant="primary" disabled={busy || names.length === 0 || names[0] === ""} onClick={save}>
						{busy ? "Exporting …" : "Export"}
					</Button>
				</>
			}
		>
			<div className="field">
				<SelectField<DataFormat> label="Format" value={format} options={formats} onChange={setFormat} />
				<span className="field-hint">{formats.find(({ value }) => value === format)?.about}</span>
			</div>
			{format !== "csv" && format !== "parquet" && format !== "neuronpedia" && (
				<SwitchField
					label="With its history, so that steps can be taken back"
					checked={history}
					onChange={setHistory}
				/>
			)}
			{format === "scd" && (
				<div className="set-list" role="group" aria-label="Circuits">
					{circuits.map(({ name }) => (
						<label key={name} className="set">
							<input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} />
							<span className="cut">{name}</span>
						</label>
					))}
				</div>
			)}
		</DialogFrame>
	);
}
