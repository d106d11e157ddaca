import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError } from "../document/session-store.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";

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
