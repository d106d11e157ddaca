/** Forms of a circuit for other programs, by the ending that a file of theirs has. Pictures are another matter. */
export const dataFormats = ["json", "dot", "graphml", "csv", "parquet", "html", "neuronpedia", "scd"] as const;
export type DataFormat = (typeof dataFormats)[number];

/** `x.neuronpedia.json` is told from our own `x.json` by what stands before the ending. */
export function dataFormatOf(path: string): DataFormat | undefined {
	const name = path.toLowerCase();
	if (name.endsWith(".neuronpedia.json")) return "neuronpedia";
	return dataFormats.find((format) => format !== "neuronpedia" && name.endsWith(`.${format}`));
}

/** A format of two tables writes two files: `x.csv` becomes `x.nodes.csv` and `x.edges.csv`. */
export function tablePaths(path: string, format: "csv" | "parquet"): readonly [nodes: string, edges: string] {
	const ending = `.${format}`;
	const stem = path.toLowerCase().endsWith(ending) ? path.slice(0, -ending.length) : path;
	return [`${stem}.nodes${ending}`, `${stem}.edges${ending}`];
}
