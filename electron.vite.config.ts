import { chmodSync } from "node:fs";
import { join, resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

/** For Node: the command line and the engine's process, libraries outside the bundle. For pages: one folder of files. */
export default defineConfig({
	main: {
		plugins: [
			{
				name: "executable-command",
				// npm does so only when it links a package anew; npx in a clone must find it so after every build.
				writeBundle: ({ dir = "" }) => chmodSync(join(dir, "scd.js"), 0o755),
			},
		],
		build: {
			outDir: "out/main",
			externalizeDeps: true,
			rollupOptions: {
				input: {
					index: resolve("main/index.ts"),
					scd: resolve("main/cli/scd.ts"),
					start: resolve("main/cli/start.ts"),
					"engine-entry": resolve("main/engine/engine-entry.ts"),
					"export-worker": resolve("main/export/export-worker.ts"),
					"band-worker": resolve("main/export/pixels/band-worker.ts"),
					"transfer-worker": resolve("main/hub/transfer-worker.ts"),
				},
				output: {
					format: "es",
					entryFileNames: "[name].js",
					chunkFileNames: "[name]-[hash].js",
					banner: (chunk) => (chunk.name === "scd" && chunk.isEntry ? "#!/usr/bin/env node" : ""),
				},
			},
		},
	},
	preload: {
		build: {
			outDir: "out/preload",
			rollupOptions: {
				input: { index: resolve("preload/index.ts") },
				// A sandboxed preload script is CommonJS.
				output: { format: "cjs", entryFileNames: "[name].cjs" },
			},
		},
	},
	renderer: {
		root: "renderer",
		plugins: [react()],
		worker: { format: "es" },
		build: {
			outDir: "out/renderer",
			minify: true,
			rollupOptions: { input: { index: resolve("renderer/index.html") } },
		},
	},
});
