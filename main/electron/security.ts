import type { Session, Shell, WebContents, WebPreferences } from "electron";
import { origin } from "./app-protocol.ts";

/** A page that can do nothing but show and speak through the bridge. */
export function securePreferences(preload: string): WebPreferences {
	return {
		preload,
		sandbox: true,
		contextIsolation: true,
		nodeIntegration: false,
		nodeIntegrationInWorker: false,
		nodeIntegrationInSubFrames: false,
		webSecurity: true,
		allowRunningInsecureContent: false,
		experimentalFeatures: false,
		webviewTag: false,
		navigateOnDragDrop: false,
		spellcheck: false,
	};
}

const linkedHosts: ReadonlySet<string> = new Set(["www.neuronpedia.org", "neuronpedia.org", "huggingface.co"]);

/** Pages of the web that the app itself names are opened in the browser; every other address is not. */
export function openOutside(shell: Pick<Shell, "openExternal">, url: string): boolean {
	let parsed: URL;
	try {
		parsed = new URL(url);
	} catch {
		return false;
	}
	if (parsed.protocol !== "https:" || !linkedHosts.has(parsed.hostname)) return false;
	shell.openExternal(parsed.href).catch(() => {});
	return true;
}

/** The window shows the app and never anything else. */
export function confineContents(contents: WebContents, shell: Pick<Shell, "openExternal">): void {
	contents.setWindowOpenHandler(({ url }) => {
		openOutside(shell, url);
		return { action: "deny" };
	});
	contents.on("will-navigate", (event) => {
		if (!isOurs(event.url)) event.preventDefault();
	});
	contents.on("will-redirect", (event) => event.preventDefault());
	contents.on("will-attach-webview", (event) => event.preventDefault());
}

/** Nothing may be asked for but to put text on the clipboard. */
export function denyPermissions(
	session: Pick<Session, "setPermissionRequestHandler" | "setPermissionCheckHandler">,
): void {
	const allowed = (permission: string) => permission === "clipboard-sanitized-write";
	session.setPermissionRequestHandler((_, permission, answer) => answer(allowed(permission)));
	session.setPermissionCheckHandler((_, permission) => allowed(permission));
}

/** Whether a message comes from our own page and not from a frame that somebody brought in. */
export function isOurs(url: string | undefined): boolean {
	return url !== undefined && (url === origin || url.startsWith(`${origin}/`));
}
