import type { MenuItemConstructorOptions } from "electron";

/** Ids are those of the renderer's actions; its palette, its shortcuts and these menus do the same things. */
export function buildMenu(
	send: (id: string) => void,
	{ mac, development }: { readonly mac: boolean; readonly development: boolean },
): MenuItemConstructorOptions[] {
	const item = (id: string, label: string, accelerator?: string): MenuItemConstructorOptions => ({
		id,
		label,
		...(accelerator !== undefined && { accelerator }),
		click: () => send(id),
	});
	const line: MenuItemConstructorOptions = { type: "separator" };
	const app: MenuItemConstructorOptions[] = mac
		? [
				{
					label: "Sparse Circuit Discovery",
					submenu: [
						item("about", "About Sparse Circuit Discovery"),
						line,
						item("settings", "Settings…", "CmdOrCtrl+,"),
						line,
						{ role: "hide" },
						{ role: "hideOthers" },
						{ role: "unhide" },
						line,
						{ role: "quit" },
					],
				},
			]
		: [];
	return [
		...app,
		{
			label: "&File",
			submenu: [
				item("new-trace", "New Trace", "CmdOrCtrl+N"),
				item("circuits", "Open Circuit…", "CmdOrCtrl+O"),
				item("branch", "Branch Circuit…", "CmdOrCtrl+B"),
				item("compare", "Compare…"),
				item("import", "Import…", "CmdOrCtrl+I"),
				line,
				item("library", "Library…", "CmdOrCtrl+L"),
				line,
				item("export", "Export or print…", "CmdOrCtrl+E"),
				item("export-svg", "Save as SVG…"),
				item("export-png", "Save as PNG…", "CmdOrCtrl+Shift+E"),
				item("report", "Report…"),
				item("export-data", "Export for Other Programs…", "CmdOrCtrl+Shift+S"),
				...(mac ? [] : [line, item("settings", "Settings…", "CmdOrCtrl+,")]),
				line,
				mac ? { role: "close" } : { role: "quit" },
			],
		},
		{
			label: "&Edit",
			submenu: [
				item("undo", "Undo", "CmdOrCtrl+Z"),
				item("redo", "Redo", "CmdOrCtrl+Shift+Z"),
				line,
				{ role: "cut" },
				{ role: "copy" },
				{ role: "paste" },
				item("select-all", "Select All Nodes"),
				line,
				item("search", "Find…", "CmdOrCtrl+F"),
			],
		},
		{
			label: "&View",
			submenu: [
				item("fit", "Fit the Circuit", "CmdOrCtrl+0"),
				item("zoom-in", "Zoom In"),
				item("zoom-out", "Zoom Out"),
				line,
				item("panel-trace", "Trace Panel", "CmdOrCtrl+1"),
				item("panel-inspector", "Inspector", "CmdOrCtrl+2"),
				item("panel-pins", "Pin Tray", "CmdOrCtrl+3"),
				item("history", "History", "CmdOrCtrl+4"),
				item("story", "Story", "CmdOrCtrl+5"),
				item("table", "Table or Canvas", "CmdOrCtrl+T"),
				line,
				item("theme", "Light or Dark", "CmdOrCtrl+Shift+D"),
				{ role: "togglefullscreen" },
				...(development ? [line, { role: "reload" as const }, { role: "toggleDevTools" as const }] : []),
			],
		},
		{ label: "&Window", submenu: [{ role: "minimize" }, ...(mac ? [{ role: "front" as const }] : [])] },
		{
			label: "&Help",
			submenu: [
				item("palette", "All Commands…", "CmdOrCtrl+K"),
				item("shortcuts", "Shortcuts"),
				...(mac ? [] : [item("about", "About")]),
			],
		},
	];
}
