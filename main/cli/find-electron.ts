import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** How long the binary's download may take: it is about 100 MB, and without a network it fails at once. */
const downloadMs = 300_000;

/** Electron's binary, or why it cannot be used. It is not inside its npm package; `fetch` gets it where there is a network. */
export function findElectron({ fetch = false } = {}): { readonly path: string } | { readonly why: string } {
	const { DISPLAY, WAYLAND_DISPLAY } = process.env;
	if (process.platform === "linux" && !DISPLAY && !WAYLAND_DISPLAY) return { why: "there is no display" };
	let folder: string;
	try {
		folder = dirname(createRequire(import.meta.url).resolve("electron/package.json"));
	} catch {
		return { why: "Electron is not installed" };
	}
	const installed = findBinary(folder);
	if (installed !== undefined) return { path: installed };
	if (fetch) {
		process.stderr.write("scd: fetching Electron's binary, once …\n");
		spawnSync(process.execPath, [join(folder, "install.js")], {
			stdio: ["ignore", "inherit", "ignore"],
			timeout: downloadMs,
		});
	}
	const fetched = findBinary(folder);
	return fetched === undefined ? { why: "Electron's binary is not here and could not be fetched" } : { path: fetched };
}

function findBinary(folder: string): string | undefined {
	const note = join(folder, "path.txt");
	const path = existsSync(note) ? join(folder, "dist", readFileSync(note, "utf8").trim()) : "";
	return path !== "" && existsSync(path) ? path : undefined;
}

export function runElectron(path: string, parameters: readonly string[]): void {
	const child = spawn(path, [join(import.meta.dirname, "../.."), ...parameters], { stdio: "inherit" });
	child.on("exit", (code) => {
		process.exitCode = code ?? 1;
	});
}
