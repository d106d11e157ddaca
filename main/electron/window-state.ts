import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { BrowserWindow, Rectangle } from "electron";
import { z } from "zod";

const stateSchema = z.object({
	x: z.number().int(),
	y: z.number().int(),
	width: z.number().int().min(400),
	height: z.number().int().min(300),
	maximized: z.boolean(),
});

export type WindowState = z.infer<typeof stateSchema>;

const usual = { width: 1440, height: 900, maximized: false } as const;

/** Where the window was, where that is still on a screen; else the usual size. A file that is broken is no reason to fail. */
export function loadWindowState(
	file: string,
	screens: readonly Rectangle[],
): Partial<WindowState> & { readonly maximized: boolean } {
	try {
		const state = stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
		// Its title must be within reach.
		const reachable = screens.some(
			(screen) =>
				state.x + state.width > screen.x + 80 &&
				state.x < screen.x + screen.width - 80 &&
				state.y >= screen.y - 10 &&
				state.y < screen.y + screen.height - 40,
		);
		return reachable ? state : { width: state.width, height: state.height, maximized: state.maximized };
	} catch {
		return usual;
	}
}

/** Remembers the window's place whenever it is closed. */
export function keepWindowState(
	window: Pick<BrowserWindow, "on" | "getNormalBounds" | "isMaximized">,
	file: string,
): void {
	window.on("close", () => {
		const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
		try {
			writeFileSync(`${file}.new`, JSON.stringify(state));
			renameSync(`${file}.new`, file);
		} catch {
			// The next window then has the usual size.
		}
	});
}
