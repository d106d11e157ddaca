import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { buildCircuitParquet } from "../../main/export/circuit-parquet.ts";
import { exampleFile } from "../exchange/example-file.ts";

test("numbers of features are whole however large, and what is not there is null", async () => {
	const file = exampleFile();
	const [first, ...rest] = file.nodes;
	const large = { ...(first as (typeof rest)[number]), feature: 2 ** 40 + 1 };
	const error = { ...large, id: "mlp_error_0@1", kind: "error" as const, feature: null };
	const bytes = buildCircuitParquet({ ...file, nodes: [large, error, ...rest] }).nodes;
	const rows = await parquetReadObjects({ file: bytes.slice().buffer });
	expect(rows[0]).toMatchObject({ id: "mlp_0.0@1", feature: 1099511627777n, layer: 0n, position: 1n, label: null });
	expect(rows[1]).toMatchObject({ id: "mlp_error_0@1", feature: null });
});
