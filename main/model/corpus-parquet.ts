import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { AppError } from "#shared/errors";

/** The column of a Parquet file, one row group at a time. Throws `bad-file`. */
export async function* readParquet(path: string, column: string): AsyncGenerator<string> {
	const file = await asyncBufferFromFile(path);
	const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
		throw new AppError(
			"bad-file",
			`${path} is not a sound Parquet file: ${(cause as Error).message}. Download it again.`,
			{
				path,
			},
		);
	});
	const columns = metadata.schema.filter(({ num_children }) => !num_children).map(({ name }) => name);
	if (!columns.includes(column))
		throw new AppError(
			"bad-file",
			`${path} has no column "${column}". It has ${columns.join(", ")}; name the right one with --column.`,
			{ path, column },
		);
	let first = 0;
	for (const { num_rows } of metadata.row_groups) {
		const end = first + Number(num_rows);
		const rows = await parquetReadObjects({
			file,
			metadata,
			columns: [column],
			rowStart: first,
			rowEnd: end,
			compressors,
		});
		for (const row of rows) {
			const text: unknown = row[column];
			if (typeof text !== "string" && text !== null && text !== undefined)
				throw new AppError("bad-file", `The column "${column}" of ${path} holds no text. Name another with --column.`, {
					path,
					column,
				});
			yield text ?? "";
		}
		first = end;
	}
}
