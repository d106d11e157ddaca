import type { Box } from "../drawing/box.ts";
import type { Drawing } from "../drawing/drawing.ts";

/** A file that an export wrote. */
export interface WrittenFile {
	readonly path: string;
	readonly bytes: number;
	/** Of a picture in pixels. */
	readonly width?: number;
	readonly height?: number;
	/** Which page it is, where each is a file. */
	readonly page?: string;
}

/** So many of the strongest edges a figure can show in letters that are read, when it is laid out anew. */
export interface FewerEdges {
	readonly maxEdges: number;
	readonly nodes: number;
	/** Only with compact cards, and without these parts of the drawing. */
	readonly compact: boolean;
	readonly without: readonly ("provenance" | "lanes")[];
}

/** What was written, and how it lies on paper. */
export interface ExportOutcome {
	readonly files: readonly WrittenFile[];
	/** What a reader should know: letters that are too small, and what to hide. */
	readonly warnings: readonly string[];
	/** Where letters of a figure are too small. */
	readonly fewer?: FewerEdges;
	/** In the drawing's own units. */
	readonly drawing: { readonly width: number; readonly height: number };
	/** Points (1/72 inch) a unit, where it is printed. */
	readonly scale: number;
	readonly poster?: PosterOutcome;
	/** A figure environment with the caption. */
	readonly latex?: string;
}

export interface PosterOutcome {
	readonly columns: number;
	readonly rows: number;
	readonly margin: number;
	readonly hasMap: boolean;
	/** In points of the glued poster, with the page of the file that each is; the first page is 1. */
	readonly sheets: readonly (Box & { readonly label: string; readonly page: number })[];
	/** Labels of sheets that would be empty. */
	readonly skipped: readonly string[];
}

/** A picture of the whole drawing, and where everything stands on it: enough to lay sheets over it. */
export interface ExportPreview {
	/** PNG, base64. */
	readonly picture: string;
	/** Without letters: boxes, and the curves of edges. */
	readonly outline: Drawing;
	/** Where letters of a figure are too small. */
	readonly fewer?: FewerEdges;
}

/** An export that waits to be fetched. */
export interface MadeExport extends Omit<ExportOutcome, "files"> {
	readonly id: string;
	readonly files: readonly { readonly name: string; readonly bytes: number; readonly page?: string }[];
}

/** Files that wait to be fetched. */
export type MadeFiles = Pick<MadeExport, "id" | "files">;

/** Files for other programs. */
export interface MadeData extends MadeFiles {
	/** What the form has no place for. */
	readonly notes: readonly string[];
}
