import { startShownFeatures } from "../canvas/shown-features.ts";
import { startCatalogue } from "../document/catalogue-store.ts";
import { refreshChecks } from "../document/checks-store.ts";
import { startCircuitForm } from "../document/circuit-form.ts";
import { startComparisons } from "../document/comparison.ts";
import { startConsensus } from "../document/consensus-store.ts";
import { startDerived } from "../document/derived-store.ts";
import { openCircuit, startDocument, useDocument } from "../document/document-store.ts";
import { reportError, startSession, useSession } from "../document/session-store.ts";
import { flushForm, startTrace } from "../document/trace-form.ts";
import { startViewHistory } from "../document/view-history.ts";
import { saveViewSoon } from "../document/view-store.ts";
import { applyTheme, watchSystemTheme } from "../ui/apply-theme.ts";
import { showToast } from "../ui/toast-store.ts";
import { runAction } from "./actions.ts";
import { importFiles, importPaths } from "./import-files.ts";
import { restorePanels, useWorkspace } from "./workspace-store.ts";

const appName = "Sparse Circuit Discovery";

/** Brings the stores to life, in the order in which they need one another. */
export function startApp(): void {
	startDocument();
	startViewHistory();
	startComparisons();
	startCircuitForm();
	startConsensus();
	startDerived();
	startShownFeatures();
	startSession(afterRefresh);
	startCatalogue();
	useSession.subscribe(({ settings }, before) => {
		if (settings !== before.settings) applyTheme(settings);
	});
	useDocument.subscribe(({ name }) => {
		document.title = name === null ? appName : `${name} – ${appName}`;
	});
	applyTheme(useSession.getState().settings);
	watchSystemTheme(() => applyTheme(useSession.getState().settings));
	window.addEventListener("pagehide", () => {
		saveViewSoon.flush();
		flushForm();
	});
	window.scdHost?.onCommand((command) => {
		if (command.type === "open-file") {
			whenReady(() => void importPaths([command.path]).catch(reportError));
			return;
		}
		// In a field, undo is the field's own.
		const typing = document.activeElement?.matches("input, textarea") ?? false;
		if (typing && (command.id === "undo" || command.id === "redo")) document.execCommand(command.id);
		else runAction(command.id);
	});
	document.addEventListener("dragover", (event) => event.preventDefault());
	document.addEventListener("drop", takeDropped);
}

let first = true;

/** After the first connection the last circuit is opened; after a broken one the open circuit is read anew. */
function afterRefresh(): void {
	refreshChecks().catch(reportError);
	const { settings, circuits, app } = useSession.getState();
	const { name } = useDocument.getState();
	if (first) {
		restorePanels();
		const wanted = decodeURIComponent(location.hash.slice(1)) || settings.lastCircuit;
		if (wanted !== null && circuits.some((circuit) => circuit.name === wanted)) void openCircuit(wanted);
		for (const { circuit, request } of app?.interrupted.slice(-1) ?? [])
			showToast({
				severity: "warning",
				message: `A trace of “${request.prompt.slice(0, 60)}” was cut off when the program ended. What it had finished is kept.`,
				action: { label: "Resume", run: () => startTrace(request, circuit ?? undefined) },
			});
	} else if (name !== null) void openCircuit(name);
	first = false;
	useWorkspace.setState({ ready: true });
}

/** Files that were opened with the app may be told of before there is anybody to read them. */
function whenReady(run: () => void): void {
	if (useWorkspace.getState().ready) {
		run();
		return;
	}
	const stop = useWorkspace.subscribe(({ ready }) => {
		if (!ready) return;
		stop();
		run();
	});
}

/** Files become circuits; a folder joins the library, and only the desktop app learns where it lies. */
function takeDropped(event: DragEvent): void {
	event.preventDefault();
	const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === "file");
	const files = [...(event.dataTransfer?.files ?? [])];
	const folders = files.filter((_, i) => items[i]?.webkitGetAsEntry()?.isDirectory);
	const rest = files.filter((file) => !folders.includes(file));
	if (rest.length > 0) void importFiles(rest).catch(reportError);
	const [folder] = folders;
	if (!folder) return;
	const path = window.scdHost?.pathOf(folder);
	if (path !== undefined) {
		useWorkspace.setState({ dialog: "library", subject: path });
		return;
	}
	showToast({
		severity: "info",
		message: "A browser does not tell where a dropped folder lies. Add it in the library by its path.",
		action: { label: "Library", run: () => useWorkspace.setState({ dialog: "library" }) },
	});
}
