import { Trash2 } from "lucide-react";
import { useState } from "react";
import { closeDialog, openDialog } from "../actions/workspace-store.ts";
import { openCircuit } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { count, showTime } from "../ui/amounts.ts";
import { IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";

/** Every stored circuit. */
export function CircuitsDialog() {
	const circuits = useSession((state) => state.circuits);
	const [query, setQuery] = useState("");
	const found = circuits.filter(({ name }) => name.toLowerCase().includes(query.trim().toLowerCase()));
	const open = (name: string) => {
		closeDialog();
		void openCircuit(name);
	};
	return (
		<DialogFrame title="Circuits" width={640} onClose={closeDialog}>
			<input
				className="input"
				aria-label="Find a circuit"
				placeholder="Find a circuit"
				value={query}
				onChange={({ target }) => setQuery(target.value)}
				onKeyDown={(event) => {
					if (event.key === "Enter" && found[0]) open(found[0].name);
				}}
			/>
			<ul className="rows" style={{ marginTop: 12 }}>
				{circuits.length === 0 && (
					<li className="empty">Nothing is stored yet. Trace a prompt, and its circuit will be here.</li>
				)}
				{found.map(({ name, nodes, edges, runs, updatedAt, branchOf }) => (
					<li key={name}>
						<button type="button" className="link cut" onClick={() => open(name)}>
							{name}
						</button>
						<span className="faint">
							{count(nodes, "node")}, {count(edges, "edge")}, {count(runs, "run")}
							{branchOf !== null && `, branch of ${branchOf}`}
						</span>
						<span className="faint">{showTime(updatedAt)}</span>
						<IconButton label={`Delete ${name}`} onClick={() => openDialog("delete", name)}>
							<Trash2 />
						</IconButton>
					</li>
				))}
			</ul>
		</DialogFrame>
	);
}
