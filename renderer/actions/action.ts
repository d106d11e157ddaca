/** Something that a person can do, of a group. */
export interface Titled {
	readonly id: string;
	readonly title: string;
	/** `Mod` is Ctrl, or Cmd on a Mac. The first is shown. */
	readonly keys?: readonly string[];
	/** Whether it can be done now; absent means always. */
	enabled?(): boolean;
	run(): void;
}

/** One entry of the palette, of menus and of the sheet of shortcuts. */
export interface Action extends Titled {
	readonly group: "Circuit" | "Edit" | "Selection" | "View" | "Trace" | "Help";
}
