import type { PackedFrame } from "./frames.ts";

/** What the desktop host's menus and the system ask of the page. */
export type HostCommand =
	| { readonly type: "menu"; readonly id: string }
	| { readonly type: "open-file"; readonly path: string };

/** The narrow bridge that the preload script gives to the page; in a browser there is none. */
export interface ScdHost {
	readonly kind: "electron";
	/** Takes a `ClientFrame` as `pack` of #shared/packed makes it. */
	send(frame: PackedFrame): void;
	/** Gives every `ServerFrame`, packed. Returns what ends the subscription. */
	subscribe(listener: (frame: PackedFrame) => void): () => void;
	/** The system's dialog; null when it was closed without a choice. */
	chooseFolder(): Promise<string | null>;
	/** Paths chosen in the system's dialog, which a menu of the system may open where a page may not; empty where none was. */
	chooseFiles(endings: readonly string[]): Promise<readonly string[]>;
	/** Where it was saved; null when the dialog was closed without a choice. */
	saveFile(name: string, bytes: Uint8Array): Promise<string | null>;
	openLink(url: string): void;
	/** Path of a file that was dragged in. */
	pathOf(file: unknown): string;
	onCommand(listener: (command: HostCommand) => void): () => void;
}
