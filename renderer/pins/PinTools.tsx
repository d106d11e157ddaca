import { ClipboardPaste, Copy, Save, ShieldCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import { writePinYaml } from "#shared/pin-yaml";
import { asTold } from "#shared/ratio";
import { openDialog } from "../actions/workspace-store.ts";
import { loadPinSet, removePinSet, replacePins, savePinSet } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { isLive, useNewestTask } from "../tasks/tasks.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { Menu } from "../ui/Menu.tsx";
import { showToast } from "../ui/toast-store.ts";
import { sameSet, useReports } from "../validate/validation-reports.ts";

/** What can be done with all that is pinned. */
export function PinTools() {
	const { pins, pinSets } = useDerived((state) => state.document);
	const sorted = pins.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
	const isEmpty = sorted.length === 0;
	return (
		<div className="pins-tools">
			<ValidateButton pins={sorted} />
			<SaveSet disabled={isEmpty} />
			<Menu
				label="Pin sets"
				groups={[
					pinSets.map(({ id, members }) => ({
						id,
						label: `${id} (${members.length})`,
						run: () => loadPinSet(id),
					})),
					pinSets.map(({ id }) => ({
						id: `remove ${id}`,
						label: `Remove ${id}`,
						icon: <Trash2 />,
						run: () => removePinSet(id),
					})),
				]}
			>
				<Button variant="quiet" disabled={pinSets.length === 0}>
					Sets
				</Button>
			</Menu>
			<IconButton label="Copy as YAML" disabled={isEmpty} onClick={() => copyYaml(sorted)}>
				<Copy />
			</IconButton>
			<IconButton label="Paste from YAML" onClick={() => openDialog("pin-yaml")}>
				<ClipboardPaste />
			</IconButton>
			<IconButton label="Empty the tray" disabled={isEmpty} onClick={() => replacePins([], "Empty the pin tray")}>
				<Trash2 />
			</IconButton>
		</div>
	);
}

/** Opens the validation; says when the last one was of other pins. */
function ValidateButton({ pins }: { readonly pins: readonly string[] }) {
	const name = useDocument((state) => state.name);
	const task = useNewestTask("validate", ({ circuit }) => circuit === name);
	const { shown } = useReports(name, task?.state === "done" ? task.id : null);
	const stale = shown !== undefined && pins.length > 0 && !sameSet(shown.request.pins, pins);
	const share = !stale && shown && asTold(shown.body).faithfulness;
	return (
		<>
			{isLive(task) && <span className="faint">validating …</span>}
			{share && pins.length > 0 && (
				<span className="faint" title="Faithfulness of the pinned circuit, from its last validation">
					faithful {share.value.toFixed(2)}
				</span>
			)}
			{stale && (
				<span className="pins-stale" title="The pins have changed since the last validation">
					out of date
				</span>
			)}
			<Button onClick={() => openDialog("validate")} disabled={pins.length === 0 && shown === undefined}>
				<ShieldCheck aria-hidden /> Validate
			</Button>
		</>
	);
}

function SaveSet({ disabled }: { readonly disabled: boolean }) {
	const [name, setName] = useState<string | null>(null);
	if (name === null)
		return (
			<IconButton label="Save as a pin set" disabled={disabled} onClick={() => setName("")}>
				<Save />
			</IconButton>
		);
	const save = () => {
		if (name.trim() !== "") savePinSet(name.trim());
		setName(null);
	};
	return (
		<input
			className="input pin-set-name"
			aria-label="Name of the pin set"
			placeholder="Name, then Enter"
			// biome-ignore lint/a11y/noAutofocus: the person has just asked for this field.
			autoFocus
			value={name}
			onChange={({ target }) => setName(target.value)}
			onBlur={save}
			onKeyDown={(event) => {
				if (event.key === "Enter") save();
				else if (event.key === "Escape") setName(null);
			}}
		/>
	);
}

function copyYaml(ids: readonly string[]): void {
	navigator.clipboard.writeText(writePinYaml(ids)).then(
		() => showToast({ severity: "success", message: "Copied in the form of the seed's central_config.yaml." }),
		() => openDialog("pin-yaml"),
	);
}
