import { Trash2 } from "lucide-react";
import { useState } from "react";
import { closeDialog, openDialog, useWorkspace } from "./actions/workspace-store.ts";
import { client } from "./bridge/connection.ts";
import { openCircuit, useDocument } from "./document/document-store.ts";
import { reportError, useSession } from "./document/session-store.ts";
import { count, showTime } from "./ui/amounts.ts";
import { Button, IconButton } from "./ui/Button.tsx";
import { DialogFrame } from "./ui/DialogFrame.tsx";

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

export function RenameDialog() {
	const name = useDocument((state) => state.name) ?? "";
	return (
		<NameDialog
			title="Rename circuit"
			initial={name}
			button="Rename"
			onName={async (to) => {
				await client.call("circuits.rename", { from: name, to });
			}}
		/>
	);
}

export function BranchDialog() {
	const { name, step: newest } = useDocument();
	const subject = useWorkspace((state) => state.subject);
	const step = subject === null ? newest : Number(subject);
	return (
		<NameDialog
			title="Branch circuit"
			lead={`A copy of “${name}” as it was after step ${step}, with its history up to there. The original stays as it is.`}
			initial={`${name} branch`}
			button="Branch"
			onName={async (to) => {
				await client.call("circuits.branch", { from: name ?? "", to, step });
				await openCircuit(to);
			}}
		/>
	);
}

interface NameDialogProps {
	readonly title: string;
	readonly lead?: string;
	readonly initial: string;
	readonly button: string;
	onName(name: string): Promise<void>;
}

function NameDialog({ title, lead, initial, button, onName }: NameDialogProps) {
	const [name, setName] = useState(initial);
	const [problem, setProblem] = useState<string>();
	const submit = () => {
		onName(name.trim())
			.then(closeDialog)
			.catch((error: Error) => setProblem(error.message));
	};
	return (
		<DialogFrame
			title={title}
			{...(lead !== undefined && { lead })}
			width={460}
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Cancel</Button>
					<Button variant="primary" disabled={name.trim() === ""} onClick={submit}>
						{button}
					</Button>
				</>
			}
		>
			<div className="field">
				<input
					className="input"
					aria-label="Name"
					placeholder="Name"
					// biome-ignore lint/a11y/noAutofocus: the dialog asks for nothing else.
					autoFocus
					value={name}
					aria-invalid={problem !== undefined}
					onFocus={({ target }) => target.select()}
					onChange={({ target }) => {
						setName(target.value);
						setProblem(undefined);
					}}
					onKeyDown={(event) => {
						if (event.key === "Enter" && name.trim() !== "") submit();
					}}
				/>
				{problem !== undefined && (
					<span className="field-error" role="alert">
						{problem}
					</span>
				)}
			</div>
		</DialogFrame>
	);
}

export function DeleteDialog() {
	const open = useDocument((state) => state.name);
	const subject = useWorkspace((state) => state.subject);
	const name = subject ?? open ?? "";
	return (
		<DialogFrame
			title={`Delete “${name}”?`}
			lead="Its nodes, edits and history go for good. The results of its runs stay, so tracing the same prompt again is quick."
			width={460}
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Keep it</Button>
					<Button
						variant="danger"
						onClick={() => {
							client.call("circuits.delete", { name }).catch(reportError);
							closeDialog();
						}}
					>
						Delete
					</Button>
				</>
			}
		>
			{null}
		</DialogFrame>
	);
}
