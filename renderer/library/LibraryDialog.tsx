import { Folder, FolderUp, Trash2, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import type { FolderListing, LibraryFolder } from "#shared/contract/results";
import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { changeForm, chooseModel } from "../trace/trace-form.ts";
import { count, showBytes } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
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

/** Folders of the machine that the app computes on, which may be another than the one in front of us. */
function FolderBrowser({ onPick }: { onPick(path: string): void }) {
	const [wanted, setWanted] = useState<string | null>(null);
	const [listing, setListing] = useState<FolderListing>();
	useEffect(() => {
		let current = true;
		client
			.call("library.browse", { path: wanted })
			.then((answer) => {
				if (!current) return;
				setListing(answer);
				onPick(answer.path);
			})
			.catch(reportError);
		return () => {
			current = false;
		};
	}, [wanted, onPick]);
	if (!listing) return null;
	const { path, parent, folders } = listing;
	const separator = path.includes("\\") ? "\\" : "/";
	return (
		<div className="browser">
			<div className="browser-path mono cut">{path}</div>
			<ul>
				{parent !== null && (
					<li>
						<button type="button" onClick={() => setWanted(parent)}>
							<FolderUp size={14} aria-hidden /> The folder above
						</button>
					</li>
				)}
				{folders.map((name) => (
					<li key={name}>
						<button
							type="button"
							onClick={() => setWanted(path.endsWith(separator) ? path + name : path + separator + name)}
						>
							<Folder size={14} aria-hidden /> {name}
						</button>
					</li>
				))}
				{folders.length === 0 && <li className="faint">No folders in here.</li>}
			</ul>
		</div>
	);
}
