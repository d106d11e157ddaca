/** What a circuit's report is written as. Markdown and LaTeX have its figure in a file beside them. */
export const reportFormats = ["html", "pdf", "md", "tex"] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** Undefined for an ending that is none of a report's. */
export const reportFormatOf = (path: string): ReportFormat | undefined =>
	reportFormats.find((format) => path.toLowerCase().endsWith(`.${format}`));

/** A report in plain data: every form is written from the same blocks. */
export interface Report {
	readonly title: string;
	readonly blocks: readonly ReportBlock[];
}

export type ReportBlock =
	| { readonly kind: "heading"; readonly text: string; readonly level: 2 | 3 }
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "list"; readonly items: readonly string[]; readonly ordered?: true }
	| ReportTable
	/** The circuit's drawing, of which there is one. */
	| { readonly kind: "figure"; readonly caption: string }
	/** Commands, a line each. */
	| { readonly kind: "code"; readonly lines: readonly string[] };

export interface ReportTable {
	readonly kind: "table";
	readonly columns: readonly { readonly name: string; readonly isNumber?: true }[];
	readonly rows: readonly (readonly string[])[];
	/** What is not in it, in words. */
	readonly rest?: string;
}
