import { Download, Folder, Trash2, TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { requestForPath } from "#shared/catalogue-choice";
import type { LibraryFolder } from "#shared/contract/results";
import { client } from "../bridge/connection.ts";
import { fetchPublished } from "../document/catalogue-store.ts";
import { reportError } from "../document/session-store.ts";
import { changeForm, chooseModel } from "../document/trace-form.ts";
import { count, showBytes } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { SetReading } from "./SetReading.tsx";

/** One folder of the library with what it holds. */
export function FolderCard({
	folder: { path, repo, bundled, models, sets, refused },
	added,
}: {
	readonly folder: LibraryFolder;
	/** Just now: it is brought into sight and stands out for a moment. */
	readonly added: boolean;
}) {
	const card = useRef<HTMLLIElement>(null);
	useEffect(() => {
		if (added) card.current?.scrollIntoView({ block: "nearest" });
	}, [added]);
	const remove = () => client.call("library.remove", { path }).catch(reportError);
	return (
		<li className="library-folder" ref={card} data-added={added || undefined}>
			<div className="library-head">
				<Folder size={15} aria-hidden />
				<strong className="cut grow" title={path}>
					{bundled ? "Comes with the app" : (repo ?? path)}
				</strong>
				{repo !== undefined && <span className="faint">Hugging Face cache</span>}
				{!bundled && repo === undefined && (
					<IconButton label="Remove from the library (the files stay)" onClick={remove}>
						<Trash2 />
					</IconButton>
				)}
			</div>
			<ul className="rows">
				{models.map((model) => (
					<li key={model.dir}>
						<span>
							<strong>{model.title ?? model.name}</strong>{" "}
							<span className="faint">
								model · {model.layers} layers × {model.width} · {model.vocabulary.toLocaleString("en")} tokens · context{" "}
								{model.contextLength} · {(model.parameters / 1e6).toFixed(1)} M · {showBytes(model.bytes)}
							</span>
						</span>
						<Button onClick={() => chooseModel(model.dir)}>Use</Button>
					</li>
				))}
				{sets.map(({ dir, title, dictionaries }) => (
					<li key={dir}>
						<span>
							<strong>{title ?? dir.split(/[\\/]/).at(-1)}</strong>{" "}
							<span className="faint">
								{count(dictionaries.length, "dictionary", "dictionaries")} ·{" "}
								{[...new Set(dictionaries.map(({ kind }) => kind))].join(", ")} ·{" "}
								{[...new Set(dictionaries.map(({ features }) => features.toLocaleString("en")))].join(", ")} features ·{" "}
								{dictionaries.map(({ site }) => site).join(", ")}
							</span>
						</span>
						<Button onClick={() => changeForm({ setDirs: [dir], layers: null })}>Use</Button>
						<SetReading dictionaries={dictionaries} bundled={bundled} />
					</li>
				))}
				{refused.map(({ path: place, reason }) => (
					<li key={place} className="refused">
						<span>
							<TriangleAlert size={13} aria-hidden /> <span className="mono">{place.split(/[\\/]/).at(-1)}</span>:{" "}
							{reason}
						</span>
						<FetchAgain path={place} />
					</li>
				))}
			</ul>
		</li>
	);
}

/** For what lies in the hub's cache and is not whole. */
function FetchAgain({ path }: { readonly path: string }) {
	const request = requestForPath(path);
	if (!request) return null;
	return (
		<Button onClick={() => fetchPublished(request)}>
			<Download aria-hidden />
			Fetch it
		</Button>
	);
}
