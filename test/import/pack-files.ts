import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";

/** Rows as Neuronpedia's export writes them (Python's JSON, with a blank behind colons), packed where the name says so. */
export function writeRows(path: string, rows: readonly unknown[]): string {
	mkdirSync(dirname(path), { recursive: true });
	const text = rows.map((row) => (typeof row === "string" ? row : writePython(row))).join("\n");
	writeFileSync(path, path.endsWith(".gz") ? gzipSync(`${text}\n`) : `${text}\n`);
	return path;
}

const writePython = (row: unknown) => JSON.stringify(row, null, 1).replace(/\n\s*/g, " ");

export function explanation(layer: string, index: number | string, description: string, more: object = {}): object {
	return {
		id: `id-${layer}-${index}`,
		modelId: "gpt2-small",
		layer,
		index: String(index),
		authorId: "someone",
		description,
		embedding: `[${Array.from({ length: 256 }, (_, i) => i / 1000).join(",")}]`,
		typeName: "oai_token-act-pair",
		explanationModelName: "gpt-4o-mini",
		umap_x: 0,
		...more,
	};
}

export function activation(layer: string, index: number, tokens: readonly string[], values: readonly number[]): object {
	const maxValue = Math.max(...values);
	return {
		id: `act-${index}-${maxValue}`,
		modelId: "gpt2-small",
		layer,
		index: String(index),
		tokens,
		values,
		maxValue,
		maxValueTokenIndex: values.indexOf(maxValue),
		minValue: 0,
		dfaValues: [],
		binMin: null,
	};
}

export function figures(layer: string, index: number): object {
	return {
		modelId: "gpt2-small",
		layer,
		index: String(index),
		maxActApprox: 4.5,
		frac_nonzero: 0.0125,
		// Bins of 0.5 from 0.5 up: centres at 0.75, 1.25, …
		freq_hist_data_bar_heights: [40, 20, 0, 2],
		freq_hist_data_bar_values: [0.75, 1.25, 1.75, 2.25],
		pos_str: [" one", " two"],
		pos_values: [1.5, 1.25],
		neg_str: [" three", " four"],
		neg_values: [-0.5, -0.75],
		vector: [],
		hasVector: false,
	};
}
