import { join, resolve } from "node:path";
import {
	app,
	BrowserWindow,
	dialog,
	ipcMain,
	Menu,
	MessageChannelMain,
	protocol,
	safeStorage,
	screen,
	session,
	shell,
	utilityProcess,
} from "electron";
import { AppError } from "#shared/errors";
import { App } from "./app/app.ts";
import { engineEnvironment } from "./app/cuda-folder.ts";
import { preloadFile, rendererFolder } from "./app/locations.ts";
import { Service } from "./app/service.ts";
import { answerRequest, origin, scheme, schemePrivileges } from "./electron/app-protocol.ts";
import { findDatabaseArgument, findProjectArguments } from "./electron/arguments.ts";
import { measureOthers, spawnUtilityEngine } from "./electron/engine-utility.ts";
import { answerHostCalls } from "./electron/host-calls.ts";
import { openKeyVault } from "./electron/key-vault.ts";
import { buildMenu } from "./electron/menu.ts";
import { connectContents } from "./electron/port-transport.ts";
import { confineContents, denyPermissions, securePreferences } from "./electron/security.ts";
import { keepWindowState, loadWindowState } from "./electron/window-state.ts";
import { saveExport } from "./export/save-export.ts";

/** The desktop host: one instance, one service, one window. Everything else is the app's own. */
let window: BrowserWindow | undefined;
/** Files that were opened with the app before its page was there. */
const waiting: string[] = [];
let loaded = false;

protocol.registerSchemesAsPrivileged([schemePrivileges]);
if (app.requestSingleInstanceLock()) start();
else app.quit();

function start(): void {
	const database = findDatabaseArgument(process.argv, process.cwd());
	for (const path of findProjectArguments(process.argv, process.cwd())) openFile(path);
	app.on("open-file", (event, path) => {
		event.preventDefault();
		openFile(path);
	});
	app.on("second-instance", (_, parameters, folder) => {
		const asked = findDatabaseArgument(parameters, folder);
		if (asked !== undefined) {
			switchDatabase(asked);
			return;
		}
		for (const path of findProjectArguments(parameters, folder)) openFile(path);
		if (window?.isMinimized()) window.restore();
		window?.focus();
	});
	app.on("window-all-closed", () => app.quit());
	app.on("web-contents-created", (_, contents) => confineContents(contents, shell));
	app.whenReady().then(() => open(database), fail);
}

function open(database: string | undefined): void {
	let service: Service;
	try {
		const fork: Parameters<typeof spawnUtilityEngine>[0] = (...parameters) => utilityProcess.fork(...parameters);
		const vault = openKeyVault(safeStorage, join(app.getPath("userData"), "neuronpedia.key"));
		const spawn = (file: string) => spawnUtilityEngine(fork, file, engineEnvironment());
		service = new Service(new App(database, spawn, vault, () => measureOthers(app.getAppMetrics())), "electron");
	} catch (error) {
		fail(error);
		return;
	}
	app.on("will-quit", () => service.dispose());
	denyPermissions(session.defaultSession);
	protocol.handle(scheme, ({ url }) => answerRequest(url, rendererFolder));
	answerHostCalls(ipcMain, { dialog, shell, window: () => window, save: saveExport });
	const send = (id: string) => window?.webContents.send("scd-command", { type: "menu", id });
	const options = { mac: process.platform === "darwin", development: !app.isPackaged };
	Menu.setApplicationMenu(Menu.buildFromTemplate(buildMenu(send, options)));
	const stateFile = join(app.getPath("userData"), "window.json");
	const { maximized, ...bounds } = loadWindowState(
		stateFile,
		screen.getAllDisplays().map(({ workArea }) => workArea),
	);
	const opened = new BrowserWindow({
		...bounds,
		minWidth: 900,
		minHeight: 600,
		show: false,
		backgroundColor: "#f6f6f3",
		webPreferences: { ...securePreferences(preloadFile), devTools: !app.isPackaged },
	});
	window = opened;
	keepWindowState(opened, stateFile);
	connectContents(opened.webContents, service, () => new MessageChannelMain());
	opened.webContents.once("did-finish-load", () => {
		loaded = true;
		for (const path of waiting.splice(0)) openFile(path);
	});
	opened.once("ready-to-show", () => {
		if (maximized) opened.maximize();
		opened.show();
	});
	opened.loadURL(`${origin}/`).catch(fail);
}

/** The page reads it into the open database, as if it had been dropped there; before there is a page, it waits. */
function openFile(path: string): void {
	if (loaded) window?.webContents.send("scd-command", { type: "open-file", path });
	else waiting.push(path);
}

function switchDatabase(path: string): void {
	const projects = findProjectArguments(process.argv, process.cwd());
	const rest = process.argv.slice(1).filter((one, i, all) => one !== "--db" && all[i - 1] !== "--db");
	app.relaunch({ args: [...rest.filter((one) => !projects.includes(resolve(one))), "--db", path] });
	app.quit();
}

/** One sentence and a way on; never a stack. */
function fail(error: unknown): void {
	const message = error instanceof Error ? error.message : String(error);
	const choice = dialog.showMessageBoxSync({
		type: "error",
		title: "Sparse Circuit Discovery",
		message: error instanceof AppError ? message : `The app could not start: ${message}`,
		buttons: ["Choose another database…", "Quit"],
		defaultId: 0,
		cancelId: 1,
	});
	const [path] =
		choice === 0
			? (dialog.showOpenDialogSync({ title: "Choose a database", properties: ["openFile", "promptToCreate"] }) ?? [])
			: [];
	if (path === undefined) app.exit(1);
	else switchDatabase(path);
}
