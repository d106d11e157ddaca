import type { ImportSummary } from "#shared/contract/results";
import { AppError } from "#shared/errors";
import { client } from "../bridge/connection.ts";
import { sendFile } from "../bridge/send-file.ts";
import { openCircuit } from "../document/document-store.ts";
import { reportError } from "../document/session-store.ts";
import { count } from "../ui/amounts.ts";
import { chooseFiles } from "../ui/choose-file.ts";
import { closeToast, showToast } from "../ui/toast-store.ts";

/** Files of this kind are offered in the dialog; any other is answered with what it is. */
const importEndings = ["json", "svg", "pdf", "png", "html", "dot", "gv", "graphml", "scd"];

/** Asks for files that hold circuits, and opens what was read. */
export function chooseImports(): void {
	const { scdHost } = window;
	if (scdHost) void scdHost.chooseFiles(importEndings).then(importPaths).catch(reportError);
	else
		chooseFiles(
			importEndings.map((ending) => `.${ending}`).join(","),
			(files) => void importFiles(files).catch(reportError),
		);
}

/** Reads files into circuits, one after the other, and opens the last one that was read. */
export async function importFiles(files: readonly File[]): Promise<void> {
	await importAll(
		files.map((file) => ({
			name: file.name,
			read: async () => {
				const path = window.scdHost?.pathOf(file);
				return path ? await client.call("imports.path", { path }) : await sendFile(file);
			},
		})),
	);
}

/** Of files that lie on this machine, as the desktop app is told of them. */
export async function importPaths(paths: readonly string[]): Promise<void> {
	await importAll(
		paths.map((path) => ({
			name: path.replace(/.*[\\/]/, ""),
			read: () => client.call("imports.path", { path }),
		})),
	);
}

const patienceMs = 700;

async function importAll(
	files: readonly { readonly name: string; read(): Promise<readonly ImportSummary[]> }[],
): Promise<void> {
	const read: ImportSummary[] = [];
	for (const { name, read: readFile } of files) {
		let waiting: number | undefined;
		// Most files are read before anybody could read a message about it.
		const slow = setTimeout(() => {
			waiting = showToast({ severity: "info", message: `Reading ${name} …`, stays: true });
		}, patienceMs);
		try {
			read.push(...(await readFile()));
		} catch (error) {
			reportError(error instanceof AppError ? error : new Error(String(error)));
		} finally {
			clearTimeout(slow);
			if (waiting !== undefined) closeToast(waiting);
		}
	}
	const last = read.at(-1);
	if (!last) return;
	await openCircuit(last.circuit);
	const notes = read.flatMap((one) => one.notes);
	const what =
		read.length === 1
			? `Imported ${count(last.nodes, "node")} and ${count(last.edges, "edge")} into “${last.circuit}”.`
			: `Imported ${count(read.length, "circuit")}.`;
	showToast({ severity: notes.length > 0 ? "warning" : "success", message: [what, ...notes].join(" ") });
}
