import { contextBridge, ipcRenderer, webUtils } from "electron";
import type { PackedFrame } from "#shared/contract/frames";
import type { HostCommand, ScdHost } from "#shared/contract/host";

/** The narrow bridge: frames of the contract over one port, and the few things that only the system can do. */
let port: MessagePort | undefined;
const waiting: PackedFrame[] = [];
const early: PackedFrame[] = [];
const listeners = new Set<(frame: PackedFrame) => void>();

ipcRenderer.on("scd-port", (event) => {
	[port] = event.ports;
	if (!port) return;
	port.onmessage = ({ data }) => {
		const frame = data as PackedFrame;
		// What comes before anybody listens is kept for the first who does.
		if (listeners.size === 0) early.push(frame);
		for (const listener of listeners) listener(frame);
	};
	for (const frame of waiting.splice(0)) port.postMessage(frame);
});

const host: ScdHost = {
	kind: "electron",
	send(frame) {
		if (port) port.postMessage(frame);
		else waiting.push(frame);
	},
	subscribe(listener) {
		listeners.add(listener);
		for (const frame of early.splice(0)) listener(frame);
		return () => void listeners.delete(listener);
	},
	chooseFolder: () => ipcRenderer.invoke("scd-choose-folder") as Promise<string | null>,
	chooseFiles: (endings) => ipcRenderer.invoke("scd-choose-files", endings) as Promise<readonly string[]>,
	saveFile: (name, bytes) => ipcRenderer.invoke("scd-save-file", { name, bytes }) as Promise<string | null>,
	openLink: (url) => void ipcRenderer.invoke("scd-open-link", url),
	pathOf: (file) => webUtils.getPathForFile(file as File),
	onCommand(listener) {
		const take = (_: unknown, command: HostCommand) => listener(command);
		ipcRenderer.on("scd-command", take);
		return () => void ipcRenderer.off("scd-command", take);
	},
};

contextBridge.exposeInMainWorld("scdHost", host);
