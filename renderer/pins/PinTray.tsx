import { ClipboardPaste, Copy, Save, ShieldCheck, Trash2, X } from "lucide-react";
import { useState } from "react";
import { nodeStyle } from "#shared/drawing/node-style";
import { parseNodeId } from "#shared/node-id";
import { writePinYaml } from "#shared/pin-yaml";
import { openDialog } from "../actions/workspace-store.ts";
import { zoomTo } from "../canvas/camera.ts";
import { loadPinSet, movePin, removePinSet, replacePins, savePinSet, unpinFeatures } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useShownLabels } from "../document/shown-labels.ts";
import { select } from "../document/view-store.ts";
import { isLive, useNewestTask } from "../tasks/tasks.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { Menu } from "../ui/Menu.tsx";
import { showToast } from "../ui/toast-store.ts";
import { sameSet, useReports } from "../validate/validation-reports.ts";
import "./pins.css";

/** Features that are put aside to be tested together, by layer. Nodes are dropped here from the canvas. */
export function PinTray() {
	const { pins, pinSets } = useDerived((state) => state.document);
	const labels = useShownLabels();
	const sorted = pins.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
	const byLayer = [...Map.groupBy(sorted, (id) => layerOf(id))].sort(([a], [b]) => a - b);
	return (
		<section className="pins" aria-label="Pin tray" data-pin-tray data-empty={sorted.length === 0 || undefined}>
			<div className="pins-head">
				<h2 className="heading">Pinned · {sorted.length}</h2>
				<div className="pins-tools">
					<ValidateButton pins={sorted} />
					<SaveSet disabled={sorted.length === 0} />
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
					<IconButton label="Copy as YAML" disabled={sorted.length === 0} onClick={() => copyYaml(sorted)}>
						<Copy />
					</IconButton>
					<IconButton label="Paste from YAML" onClick={() => openDialog("pin-yaml")}>
						<ClipboardPaste />
					</IconButton>
					<IconButton
						label="Empty the tray"
						disabled={sorted.length === 0}
						onClick={() => replacePins([], "Empty the pin tray")}
					>
						<Trash2 />
					</IconButton>
				</div>
			</div>
			<div className="pins-columns">
				{byLayer.map(([layer, ids]) => (
					<div key={layer} className="pin-column">
						<span className="faint">{layer < 0 ? "embedding" : `layer ${layer}`}</span>
						<ul>
							{ids.map((id, i) => (
								<PinChip
									key={id}
									id={id}
									label={labels.get(id)?.text}
									before={ids[i - 1]}
									after={ids[i + 2] ?? null}
									last={i === ids.length - 1}
								/>
							))}
						</ul>
					</div>
				))}
				<div className="drop">
					{sorted.length === 0
						? "Drag features here, or select some and press P, to keep them together"
						: "Drop to pin"}
				</div>
			</div>
		</section>
	);
}

/** Opens the validation; says when the last one was of other pins. */
function ValidateButton({ pins }: { readonly pins: readonly string[] }) {
	const name = useDocument((state) => state.name);
	const task = useNewestTask("validate", ({ circuit }) => circuit === name);
	const { shown } = useReports(name, task?.state === "done" ? task.id : null);
	const stale = shown !== undefined && pins.length > 0 && !sameSet(shown.request.pins, pins);
	const share = !stale && shown?.body.faithfulness;
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

function layerOf(id: string): number {
	const ref = parseNodeId(id);
	return ref.kind === "feature" ? ref.site.layer : 0;
}

interface PinChipProps {
	readonly id: string;
	readonly label: string | undefined;
	readonly before: string | undefined;
	/** The one that follows the next. */
	readonly after: string | null;
	readonly last: boolean;
}

function PinChip({ id, label, before, after, last }: PinChipProps) {
	const view = useDerived((state) => state.view);
	const ref = parseNodeId(id);
	const kind = ref.kind === "feature" ? nodeStyle({ kind: "feature", site: ref.site.kind }) : "token";
	const show = () => {
		const nodes = view.nodes.filter(({ members }) =>
			members.some((member) => member === id || member.startsWith(`${id}@`)),
		);
		if (nodes.length === 0)
			return showToast({ severity: "info", message: `${id} is pinned, but no node of this circuit shows it.` });
		select(nodes.map((node) => node.id));
		zoomTo(new Set(nodes.map((node) => node.id)));
	};
	return (
		<li
			className="pin"
			draggable
			onDragStart={(event) => event.dataTransfer.setData("text/x-pin", id)}
			onDragOver={(event) => event.preventDefault()}
			onDrop={(event) => {
				const moved = event.dataTransfer.getData("text/x-pin");
				if (moved !== "") movePin(moved, id);
				event.stopPropagation();
				event.preventDefault();
			}}
		>
			<button
				type="button"
				className="chip"
				data-kind={kind}
				data-pin={id}
				title={`${id}${label === undefined ? "" : `: ${label}`}. Alt with arrows moves it, Delete removes it.`}
				onClick={show}
				onKeyDown={(event) => {
					if (event.key === "Delete" || event.key === "Backspace") unpinFeatures([id]);
					else if (event.altKey && event.key === "ArrowUp" && before !== undefined) movePin(id, before);
					else if (event.altKey && event.key === "ArrowDown" && !last) movePin(id, after);
					else return;
					event.preventDefault();
					event.stopPropagation();
				}}
			>
				{id}
				{label !== undefined && <span className="faint cut pin-label">{label}</span>}
			</button>
			<IconButton label={`Unpin ${id}`} onClick={() => unpinFeatures([id])}>
				<X />
			</IconButton>
		</li>
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
