import { closeComparison, startComparison } from "../document/comparison.ts";
import { closeCircuit, useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import type { Titled } from "./action.ts";
import { hasCircuit, hasNodes } from "./conditions.ts";
import { chooseImports } from "./import-files.ts";
import { saveImage } from "./save-image.ts";
import { saveReport } from "./save-report.ts";
import { openDialog, togglePanel } from "./workspace-store.ts";

/** Of circuits as wholes, and what goes in and out of them. */
export const circuitActions: readonly Titled[] = [
	{ id: "new-trace", title: "New trace", keys: ["Shift+N", "Mod+N"], run: newTrace },
	{ id: "circuits", title: "Open circuit…", keys: ["Mod+O"], run: () => openDialog("circuits") },
	{ id: "rename", title: "Rename circuit…", enabled: hasCircuit, run: () => openDialog("rename") },
	{
		id: "branch",
		title: "Branch circuit…",
		keys: ["Mod+B"],
		enabled: hasCircuit,
		run: () => openDialog("branch"),
	},
	{ id: "compare", title: "Compare", enabled: hasCircuit, run: compareOpen },
	{ id: "close-comparison", title: "Close the comparison", keys: ["Shift+C"], run: closeComparison },
	{
		id: "delete-circuit",
		title: "Delete circuit…",
		enabled: hasCircuit,
		run: () => openDialog("delete"),
	},
	{
		id: "export",
		title: "Export or print…",
		keys: ["Mod+E", "Mod+P"],
		enabled: hasNodes,
		run: () => openDialog("export"),
	},
	{
		id: "report",
		title: "Report (HTML and PDF)",
		enabled: hasNodes,
		run: () => void saveReport(["html", "pdf"]).catch(reportError),
	},
	{
		id: "report-markdown",
		title: "Report as Markdown",
		enabled: hasNodes,
		run: () => void saveReport(["md"]).catch(reportError),
	},
	{
		id: "report-latex",
		title: "Report as LaTeX",
		enabled: hasNodes,
		run: () => void saveReport(["tex"]).catch(reportError),
	},
	{
		id: "export-svg",
		title: "Save what is seen as SVG",
		enabled: hasNodes,
		run: () => void saveImage("svg").catch(reportError),
	},
	{
		id: "export-png",
		title: "Save what is seen as PNG",
		keys: ["Mod+Shift+E"],
		enabled: hasNodes,
		run: () => void saveImage("png").catch(reportError),
	},
	{
		id: "library",
		title: "Library of models and dictionaries",
		keys: ["Mod+L"],
		run: () => openDialog("library"),
	},
	{
		id: "export-data",
		title: "Export for other programs, or as a project…",
		keys: ["Mod+Shift+S"],
		run: () => openDialog("export-data"),
	},
	{ id: "import", title: "Import circuits and graphs…", keys: ["Mod+I"], run: chooseImports },
];

function newTrace(): void {
	closeCircuit();
	togglePanel("trace", true);
	requestAnimationFrame(() => document.querySelector<HTMLTextAreaElement>("[data-prompt]")?.focus());
}

/** The open circuit with the one that was changed before it, or with its own first step where there is no other. */
function compareOpen(): void {
	const { name } = useDocument.getState();
	if (name === null) return;
	const other = useSession.getState().circuits.find((circuit) => circuit.name !== name);
	startComparison(name, other?.name ?? `${name}@1`).catch(reportError);
}
