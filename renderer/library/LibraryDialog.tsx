import { Folder, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { LibraryFolder } from "#shared/contract/results";
import { closeDialog, openDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { changeForm, chooseModel } from "../trace/trace-form.ts";
import { count, showBytes } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { FolderBrowser } from "./FolderBrowser.tsx";
import "./library.css";

/** Models and dictionaries on the machine that computes: what was recognised, and what not and why. */
export function LibraryDialog() {
	const library = useSession((state) => state.library);
	const dropped = useWorkspace((state) => state.subject);
	const [path, setPath] = useState(dropped ?? "");
	const [browsing, setBrowsing] = useState(false);
	const [problem, setProblem] = useState<string>();
	const [busy, setBusy] = useState(false);
	const add = (folder: string) => {
		setBusy(true);
		setProblem(undefined);
		client
			.call("library.add", { path: folder })
			.then(() => {
				setPath("");
				setBrowsing(false);
			})
			.catch((error: Error) => setProblem(error.message))
			.finally(() => setBusy(false));
	};
	const choose = async () => {
		if (!window.scdHost) return setBrowsing(!browsing);
		const chosen = await window.scdHost.chooseFolder();
		if (chosen !== null) add(chosen);
	};
	return (
		<DialogFrame
			title="Library"
			lead="A model is a Hugging Face folder of GPT-2’s family in safetensors; a dictionary is a SAELens folder. A folder may hold many of them."
			width={760}
			onClose={closeDialog}
		>
			<form
				className="library-add"
				onSubmit={(event) => {
					event.preventDefault();
					if (path.trim() !== "") add(path.trim());
				}}
			>
				<input
					className="input mono"
					aria-label="Folder"
					placeholder="Path of a folder"
					value={path}
					aria-invalid={problem !== undefined}
					onChange={({ target }) => {
						setPath(target.value);
						setProblem(undefined);
					}}
				/>
				<Button onClick={() => void choose().catch(reportError)} aria-expanded={browsing}>
					Browse…
				</Button>
				<Button variant="primary" type="submit" disabled={busy || path.trim() === ""}>
					{busy ? "Looking …" : "Add folder"}
				</Button>
			</form>
			{problem !== undefined && (
				<p className="field-error" role="alert">
					{problem}
				</p>
			)}
			<p className="field-hint">
				What features of published dictionaries respond to:{" "}
				<button type="button" className="link" onClick={() => openDialog("labels")}>
					Labels from Neuronpedia…
				</button>
			</p>
			{browsing && <FolderBrowser onPick={setPath} />}
			<ul className="library">
				{library === null && <li className="faint">Reading the library …</li>}
				{library?.map((folder) => (
					<FolderCard key={folder.path} folder={folder} />
				))}
			</ul>
		</DialogFrame>
	);
}

function FolderCard({ folder: { path, bundled, models, sets, refused } }: { readonly folder: LibraryFolder }) {
	const remove = () => client.call("library.remove", { path }).catch(reportError);
	return (
		<li className="library-folder">
			<div className="library-head">
				<Folder size={15} aria-hidden />
				<strong className="cut grow" title={path}>
					{bundled ? "Comes with the app" : path}
				</strong>
				{!bundled && (
					<IconButton label="Remove from the library (the files stay)" onClick={remove}>
						<Trash2 />
					</IconButton>
				)}
			</div>
			<ul className="rows">
				{models.map((model) => (
					<li key={model.dir}>
						<span>
							<strong>{model.name}</strong>{" "}
							<span className="faint">
								model · {model.layers} layers × {model.width} · {model.vocabulary.toLocaleString("en")} tokens · context{" "}
								{model.contextLength} · {(model.parameters / 1e6).toFixed(1)} M · {showBytes(model.bytes)}
							</span>
						</span>
						<Button onClick={() => chooseModel(model.dir)}>Use</Button>
					</li>
				))}
				{sets.map(({ dir, dictionaries }) => (
					<li key={dir}>
						<span>
							<strong>{dir.split(/[\\/]/).at(-1)}</strong>{" "}
							<span className="faint">
								{count(dictionaries.length, "dictionary").replace("dictionarys", "dictionaries")} ·{" "}
								{[...new Set(dictionaries.map(({ kind }) => kind))].join(", ")} ·{" "}
								{[...new Set(dictionaries.map(({ features }) => features.toLocaleString("en")))].join(", ")} features ·{" "}
								{dictionaries.map(({ site }) => site).join(", ")}
							</span>
						</span>
						<Button onClick={() => changeForm({ setDirs: [dir], layers: null })}>Use</Button>
					</li>
				))}
				{refused.map(({ path: place, reason }) => (
					<li key={place} className="refused">
						<span>
							<TriangleAlert size={13} aria-hidden /> <span className="mono">{place.split(/[\\/]/).at(-1)}</span>:{" "}
							{reason}
						</span>
					</li>
				))}
			</ul>
		</li>
	);
}
