import { Folder, FolderUp } from "lucide-react";
import { useEffect, useState } from "react";
import { useAnswer } from "../document/use-call.ts";
import "./library.css";

/** Folders of the machine that the app computes on, which may be another than the one in front of us. */
export function FolderBrowser({ onPick }: { onPick(path: string): void }) {
	const [wanted, setWanted] = useState<string | null>(null);
	const listing = useAnswer("library.browse", { path: wanted }, { keep: true });
	useEffect(() => {
		if (listing) onPick(listing.path);
	}, [listing, onPick]);
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
