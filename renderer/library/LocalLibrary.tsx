import { useState } from "react";
import type { LibraryFolder } from "#shared/contract/results";
import { openDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { count } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { showToast } from "../ui/toast-store.ts";
import { FolderBrowser } from "./FolderBrowser.tsx";
import { FolderCard } from "./FolderCard.tsx";

function describeAdded({ models, sets, refused }: LibraryFolder): string {
	const dictionaries = sets.reduce((sum, set) => sum + set.dictionaries.length, 0);
	const found = [
		...(models.length > 0 ? [count(models.length, "model")] : []),
		...(dictionaries > 0
			? [`${dictionaries.toLocaleString("en")} ${dictionaries === 1 ? "dictionary" : "dictionaries"}`]
			: []),
	];
	const left =
		refused.length === 0 ? "" : ` ${refused.length.toLocaleString("en")} cannot be used; the folder's card says why.`;
	return `Added: ${found.join(" and ")}.${left}`;
}

/** Models and dictionaries on the machine that computes: what was recognised, and what not and why. */
export function LocalLibrary() {
	const library = useSession((state) => state.library);
	const dropped = useWorkspace((state) => state.subject);
	const [path, setPath] = useState(dropped === null || dropped === "catalogue" ? "" : dropped);
	const [browsing, setBrowsing] = useState(false);
	const [problem, setProblem] = useState<string>();
	const [busy, setBusy] = useState(false);
	const [added, setAdded] = useState<string>();
	const add = (folder: string) => {
		setBusy(true);
		setProblem(undefined);
		client
			.call("library.add", { path: folder })
			.then((found) => {
				setPath("");
				setBrowsing(false);
				setAdded(found.path);
				showToast({ severity: "success", message: describeAdded(found) });
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
		<>
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
					<FolderCard key={folder.path} folder={folder} added={folder.path === added} />
				))}
			</ul>
		</>
	);
}
