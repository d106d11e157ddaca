import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Electron's binary, or why it cannot be used. It is not inside its npm package, and its own download is not awaited. */
export function findElectron(): { readonly path: string } | { readonly why: string } {
	let folder: string;
	try {
		folder = dirname(createRequire(import.meta.url).resolve("electron/package.json"));
	} catch {
		return { why: "Electron is not installed" };
	}
	const note = join(folder, "path.txt");
	const path = existsSync(note) ? join(folder, "dist", readFileSync(note, "utf8").trim()) : "";
	if (path === "" || !existsSync(path))
		return {
			why: "Electron's binary is not here; node node_modules/electron/install.js fetches it where there is a network",
		};
	const { DISPLAY, WAYLAND_DISPLAY } = process.env;
	if (process.platform === "linux" && !DISPLAY && !WAYLAND_DISPLAY) return { why: "there is no display" };
	return { path };
}

export function runElectron(path: string, parameters: readonly string[]): void {
	const child = spawn(path, [join(import.meta.dirname, "../.."), ...parameters], { stdio: "inherit" });
	child.on("exit", (code) => {
		process.exitCode = code ?? 1;
	});
}
