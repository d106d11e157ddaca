import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import type {
	BrowserWindow,
	Dialog,
	IpcMain,
	MenuItemConstructorOptions,
	MessagePortMain,
	OpenDialogOptions,
	ProcessMetric,
	Session,
	Shell,
	UtilityProcess,
	WebContents,
} from "electron";
import { afterAll, describe, expect, test } from "vitest";
import { App } from "../../main/app/app.ts";
import { Service } from "../../main/app/service.ts";
import { answerRequest } from "../../main/electron/app-protocol.ts";
import { findDatabaseArgument, findProjectArguments } from "../../main/electron/arguments.ts";
import { measureOthers, spawnUtilityEngine } from "../../main/electron/engine-utility.ts";
import { answerHostCalls } from "../../main/electron/host-calls.ts";
import { buildMenu } from "../../main/electron/menu.ts";
import { connectContents } from "../../main/electron/port-transport.ts";
import { confineContents, denyPermissions, openOutside, securePreferences } from "../../main/electron/security.ts";
import { keepWindowState, loadWindowState } from "../../main/electron/window-state.ts";
import { saveExport } from "../../main/export/save-export.ts";
import type { ServerFrame } from "../../main/shared/contract/frames.ts";
import { actions } from "./renderer-actions.ts";

/** Electron's binary is not here; what we ask of it is checked against fakes that have its own types. */
const root = mkdtempSync(join(tmpdir(), "scd-electron-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("the app's own protocol", () => {
	const pages = join(root, "pages");
	rmSync(pages, { recursive: true, force: true });
	test("gives pages under a strict policy, and nothing outside their folder", async () => {
		const { mkdirSync } = await import("node:fs");
		mkdirSync(pages);
		writeFileSync(join(pages, "index.html"), "<p>page</p>");
		writeFileSync(join(root, "secret.json"), "{}");
		const page = answerRequest("app://scd/", pages);
		expect([page.status, await page.text()]).toEqual([200, "<p>page</p>"]);
		const policy = page.headers.get("content-security-policy") ?? "";
		expect(policy).toContain("default-src 'none'");
		expect(policy).toContain("script-src 'self'");
		expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
		for (const url of [
			"app://scd/../secret.json",
			"app://scd/%2e%2e/secret.json",
			"app://scd/..%2fsecret.json",
			"app://other/index.html",
			"app://scd/none.html",
		])
			expect(answerRequest(url, pages).status, url).toBe(404);
	});
});

describe("the window", () => {
	test("is sandboxed, isolated and without Node", () => {
		expect(securePreferences("/p.cjs")).toMatchObject({
			sandbox: true,
			contextIsolation: true,
			nodeIntegration: false,
			nodeIntegrationInWorker: false,
			nodeIntegrationInSubFrames: false,
			webSecurity: true,
			allowRunningInsecureContent: false,
			webviewTag: false,
		});
	});

	test("opens no other window, goes nowhere else, and shows no foreign view", () => {
		const opened: string[] = [];
		const shell = { openExternal: async (url: string) => void opened.push(url) } as Shell;
		const events = new EventEmitter();
		let openHandler: ((details: { url: string }) => { action: string }) | undefined;
		const contents = Object.assign(events, {
			setWindowOpenHandler: (handler: typeof openHandler) => {
				openHandler = handler;
			},
		}) as unknown as WebContents;
		confineContents(contents, shell);
		for (const url of [
			"https://www.neuronpedia.org/gpt2-small/1",
			"https://evil.example/",
			"file:///etc/passwd",
			"javascript:alert(1)",
		])
			expect(openHandler?.({ url })).toEqual({ action: "deny" });
		expect(opened).toEqual(["https://www.neuronpedia.org/gpt2-small/1"]);
		const prevented = (name: string, url: string) => {
			let stopped = false;
			events.emit(name, {
				url,
				preventDefault: () => {
					stopped = true;
				},
			});
			return stopped;
		};
		expect([
			prevented("will-navigate", "https://evil.example/"),
			prevented("will-navigate", "app://scd.evil/"),
			prevented("will-navigate", "app://scd/"),
		]).toEqual([true, true, false]);
		expect(prevented("will-attach-webview", "")).toBe(true);
		expect(openOutside(shell, "https://neuronpedia.org.evil.example/")).toBe(false);
	});

	test("is granted nothing but to write text to the clipboard", () => {
		const granted = new Map<string, boolean>();
		let check: ((contents: null, permission: string) => boolean) | undefined;
		const session = {
			setPermissionRequestHandler: (
				handler: (contents: null, permission: string, answer: (yes: boolean) => void) => void,
			) => {
				for (const permission of [
					"media",
					"geolocation",
					"notifications",
					"openExternal",
					"clipboard-read",
					"clipboard-sanitized-write",
				])
					handler(null, permission, (yes) => granted.set(permission, yes));
			},
			setPermissionCheckHandler: (handler: typeof check) => {
				check = handler;
			},
		} as unknown as Session;
		denyPermissions(session);
		expect([...granted].filter(([, yes]) => yes).map(([permission]) => permission)).toEqual([
			"clipboard-sanitized-write",
		]);
		expect([check?.(null, "media"), check?.(null, "clipboard-sanitized-write")]).toEqual([false, true]);
	});

	test("comes back where it was, unless no screen is there any more", () => {
		const file = join(root, "window.json");
		const window = Object.assign(new EventEmitter(), {
			getNormalBounds: () => ({ x: 100, y: 50, width: 1200, height: 700 }),
			isMaximized: () => false,
		});
		keepWindowState(window as unknown as BrowserWindow, file);
		window.emit("close");
		const screen = { x: 0, y: 0, width: 1920, height: 1080 };
		expect(loadWindowState(file, [screen])).toEqual({ x: 100, y: 50, width: 1200, height: 700, maximized: false });
		expect(loadWindowState(file, [{ ...screen, x: 4000 }])).toEqual({ width: 1200, height: 700, maximized: false });
		writeFileSync(file, "{broken");
		expect(loadWindowState(file, [screen])).toEqual({ width: 1440, height: 900, maximized: false });
	});
});

describe("what the page may ask of the system", () => {
	const handlers = new Map<string, (event: unknown, parameter: unknown) => Promise<unknown>>();
	const target = join(root, "saved.svg");
	answerHostCalls(
		{ handle: (channel: string, handler: never) => void handlers.set(channel, handler) } as unknown as IpcMain,
		{
			dialog: {
				showSaveDialog: async () => ({ canceled: false, filePath: target }),
				showOpenDialog: async (options: OpenDialogOptions) => {
					const several = options.properties?.includes("multiSelections") ?? false;
					return { canceled: !several, filePaths: several ? (options.filters?.[0]?.extensions ?? []) : [] };
				},
			} as unknown as Dialog,
			shell: { openExternal: async () => {} } as unknown as Shell,
			window: () => undefined,
			save: saveExport,
		},
	);
	const ours = { senderFrame: { url: "app://scd/" } };

	test("is answered to our own page alone", async () => {
		for (const url of ["https://evil.example/", "app://scd.evil/", undefined])
			for (const handler of handlers.values())
				await expect(handler({ senderFrame: url === undefined ? null : { url } }, "x")).rejects.toThrow(/own page/);
	});

	test("files to import are chosen in the system's dialog, by their endings", async () => {
		expect(await handlers.get("scd-choose-files")?.(ours, ["svg", "scd"])).toEqual(["svg", "scd"]);
		await expect(handlers.get("scd-choose-files")?.(ours, ["../x"])).rejects.toThrow();
	});

	test("a file is saved whole; a dialog closed without a choice saves nothing", async () => {
		const saved = await handlers.get("scd-save-file")?.(ours, {
			name: "c.svg",
			bytes: new TextEncoder().encode("<svg/>"),
		});
		expect([saved, readFileSync(target, "utf8")]).toEqual([target, "<svg/>"]);
		expect(await handlers.get("scd-choose-folder")?.(ours, undefined)).toBeNull();
		await expect(handlers.get("scd-save-file")?.(ours, { name: "", bytes: "no" })).rejects.toThrow();
	});
});

test("every item of the menu is an action of the app, with a shortcut of its own", () => {
	const sent: string[] = [];
	for (const mac of [true, false]) {
		const items: MenuItemConstructorOptions[] = buildMenu((id) => sent.push(id), { mac, development: false }).flatMap(
			({ submenu }) => (Array.isArray(submenu) ? submenu : []),
		);
		for (const item of items) (item.click as (() => void) | undefined)?.();
		const accelerators = items.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [String(accelerator)]));
		expect(new Set(accelerators).size).toBe(accelerators.length);
		expect(items.some(({ role }) => role === "toggleDevTools" || role === "reload")).toBe(false);
	}
	expect(sent.filter((id) => !actions.includes(id))).toEqual([]);
	expect(new Set(sent).size).toBeGreaterThan(20);
});

test("a start with a database opens that one", () => {
	expect(findDatabaseArgument(["electron", ".", "--db", "a.sqlite"], "/home/x")).toBe("/home/x/a.sqlite");
	expect(findDatabaseArgument(["/app", "/tmp/mine.scd"], "/home/x")).toBeUndefined();
	expect(findDatabaseArgument(["/app", "."], "/home/x")).toBeUndefined();
});

test("projects that are opened with the app are read into its database, unless one of them is the database", () => {
	expect(findProjectArguments(["/app", "/tmp/a.scd", "b.SCD", "c.json"], "/home/x")).toEqual([
		"/tmp/a.scd",
		"/home/x/b.SCD",
	]);
	expect(findProjectArguments(["/app", "--db", "mine.scd", "/tmp/a.scd"], "/home/x")).toEqual(["/tmp/a.scd"]);
});

test("a page reaches the service over its port, and a loaded one anew", async () => {
	const service = new Service(new App(join(root, "port.sqlite")), "electron");
	const contents = Object.assign(new EventEmitter(), {
		postMessage: (_: string, __: unknown, ports: MessagePortMain[]) => void received.push(...ports),
	});
	const received: MessagePortMain[] = [];
	connectContents(contents as unknown as WebContents, service, () => {
		const { port1, port2 } = new MessageChannel();
		// Electron's ports give the event, Node's the data.
		const events = new EventEmitter();
		port1.on("message", (data) => events.emit("message", { data }));
		port1.on("close", () => events.emit("close"));
		return {
			port1: Object.assign(events, { postMessage: (data: unknown) => port1.postMessage(data), start() {} }),
			port2,
		} as never;
	});
	contents.emit("did-finish-load");
	contents.emit("did-finish-load");
	expect(received).toHaveLength(2);
	const port = received[1] as unknown as {
		postMessage(frame: unknown): void;
		on(name: "message", listener: (packed: string) => void): void;
		close(): void;
	};
	const frames: ServerFrame[] = [];
	const answered = new Promise<void>((resolve) => {
		port.on("message", (packed) => {
			const frame = JSON.parse(packed) as ServerFrame;
			frames.push(frame);
			if (frame.type === "ok") resolve();
		});
	});
	port.postMessage(JSON.stringify({ type: "call", id: 1, method: "circuits.list", params: {} }));
	await answered;
	expect(frames).toEqual([{ type: "ready" }, { type: "ok", id: 1, result: [] }]);
	for (const one of received) (one as unknown as { close(): void }).close();
	service.dispose();
});

test("the engine speaks through a utility process as it does through a fork", () => {
	const child = Object.assign(new EventEmitter(), {
		posted: [] as unknown[],
		killed: false,
		stderr: new EventEmitter(),
		stdout: { resume() {} },
	});
	const fork = () =>
		Object.assign(child, {
			postMessage: (message: unknown) => void child.posted.push(message),
			kill: () => {
				child.killed = true;
				return true;
			},
		}) as unknown as UtilityProcess;
	const channel = spawnUtilityEngine(fork, "/engine.js");
	const events: unknown[] = [];
	const exits: unknown[] = [];
	channel.onEvent((event) => events.push(event));
	channel.onExit((exit) => exits.push(exit));
	channel.send({ type: "cancel", id: 3 });
	child.emit("message", { type: "ready" });
	child.stderr.emit("data", Buffer.from("std::bad_alloc"));
	child.emit("exit", 134);
	channel.kill();
	expect(child.posted).toEqual([{ type: "cancel", id: 3 }]);
	expect(events).toEqual([{ type: "ready" }]);
	expect(exits).toEqual([{ code: 134, signal: null, lastWords: "std::bad_alloc" }]);
	expect(child.killed).toBe(true);
});

test("what the windows hold counts against the memory limit, and the engine itself does not", () => {
	const metric = (name: string, kilobytes: number) =>
		({ name, memory: { workingSetSize: kilobytes, peakWorkingSetSize: 9e9 } }) as ProcessMetric;
	const metrics = [metric("", 1000), metric("Sparse Circuit Discovery engine", 7000), metric("GPU", 20)];
	expect(measureOthers(metrics)).toBe(1020 * 1024);
});
