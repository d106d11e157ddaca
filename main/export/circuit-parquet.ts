import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { listNodeRows, nodeColumns } from "./circuit-csv.ts";

const types: Readonly<Record<(typeof nodeColumns)[number], NonNullable<ColumnSource["type"]>>> = {
	id: "STRING",
	kind: "STRING",
	site: "STRING",
	layer: "INT64",
	// Another program's number of a feature may pair its layer with its index.
	feature: "INT64",
	position: "INT64",
	activation: "DOUBLE",
	attribution: "DOUBLE",
	token: "STRING",
	label: "STRING",
	label_by: "STRING",
	joined: "INT32",
	name: "STRING",
	name_kind: "STRING",
};

/** Two tables for notebooks, with what describes the circuit as their metadata. */
export function buildCircuitParquet(file: CircuitPayload): { readonly nodes: Uint8Array; readonly edges: Uint8Array } {
	const { name, model, prompt, metric, edges } = file;
	const nodes = listNodeRows(file);
	const kvMetadata = [
		{ key: "circuit", value: JSON.stringify({ name, model, prompt, metric, program: file.program }) },
	];
	const write = (columnData: ColumnSource[]) => new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }));
	return {
		nodes: write(
			nodeColumns.map((column) => ({
				name: column,
				data: nodes.map((node) => {
					const value = node[column] ?? null;
					return types[column] === "INT64" && value !== null ? BigInt(value) : value;
				}),
				type: types[column],
				nullable: true,
			})),
		),
		edges: write([
			{ name: "source", data: edges.map(({ source }) => source), type: "STRING" },
			{ name: "target", data: edges.map(({ target }) => target), type: "STRING" },
			{ name: "weight", data: edges.map(({ weight }) => weight), type: "DOUBLE" },
		]),
	};
}
