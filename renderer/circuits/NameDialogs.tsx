import { useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { openCircuit, useDocument } from "../document/document-store.ts";
import { NameDialog } from "./NameDialog.tsx";

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
