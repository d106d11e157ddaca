import type { BrowserWindow, Dialog, IpcMain, IpcMainInvokeEvent, Shell } from "electron";
import { z } from "zod";
import { isOurs, openOutside } from "./security.ts";

const saveRequest = z.object({ name: z.string().min(1).max(255), bytes: z.instanceof(Uint8Array) });

const endings = z.array(z.string().regex(/^[a-z0-9]{1,12}$/)).max(40);

interface HostParts {
	readonly dialog: Dialog;
	readonly shell: Shell;
	window(): BrowserWindow | undefined;
	/** Writes a file whole or not at all. */
	save(path: string, bytes: Uint8Array): void;
}

/** What the page may ask of the system: a folder to read, a place to save, a page of the web. Every sender is checked. */
export function answerHostCalls(ipc: Pick<IpcMain, "handle">, { dialog, shell, window, save }: HostParts): void {
	const handle = (channel: string, answer: (parameter: unknown) => Promise<unknown>) =>
		ipc.handle(channel, async (event: IpcMainInvokeEvent, parameter: unknown) => {
			if (!isOurs(event.senderFrame?.url)) throw new Error("Only the app's own page may ask for this.");
			return await answer(parameter);
		});
	handle("scd-choose-folder", async () => {
		const parent = window();
		const options = { title: "Add a folder", properties: ["openDirectory" as const] };
		const { filePaths } = parent ? await dialog.showOpenDialog(parent, options) : await dialog.showOpenDialog(options);
		return filePaths[0] ?? null;
	});
	handle("scd-choose-files", async (parameter) => {
		const extensions = endings.parse(parameter);
		const parent = window();
		const options = {
			title: "Import",
			properties: ["openFile" as const, "multiSelections" as const],
			filters: [
				{ name: "Circuits", extensions },
				{ name: "All files", extensions: ["*"] },
			],
		};
		const { filePaths } = parent ? await dialog.showOpenDialog(parent, options) : await dialog.showOpenDialog(options);
		return filePaths;
	});
	handle("scd-save-file", async (parameter) => {
		const { name, bytes } = saveRequest.parse(parameter);
		const parent = window();
		const options = { title: "Export", defaultPath: name };
		const { filePath } = parent ? await dialog.showSaveDialog(parent, options) : await dialog.showSaveDialog(options);
		if (!filePath) return null;
		save(filePath, bytes);
		return filePath;
	});
	handle("scd-open-link", async (parameter) => openOutside(shell, z.string().parse(parameter)));
}
