import { add, mul } from "../../main/onnx/elementwise.ts";
import type { Provider } from "../../main/onnx/providers.ts";
import { floats, GraphSession } from "../../main/onnx/session.ts";
import { append } from "../../main/onnx/shaping.ts";
import { input } from "../../main/onnx/sources.ts";

/** Prints what a graph with state gives in five runs: a sum that grows, and rows that are remembered one behind another. */
const [sum, rows, x] = [input("sum", [2]), input("rows", ["P", 2]), input("x", [1, 2])];
const session = await GraphSession.load(
	{ next: add(sum, 1), all: append(rows, x, "P + 1"), twice: mul(sum, 2), seen: mul(append(rows, x, "P + 1"), 1) },
	{ provider: process.argv[2] as Provider, state: { next: "sum", all: "rows" } },
);
const told: unknown[] = [];
for (let run = 0; run < 5; run++) {
	const first = {
		sum: { data: Float32Array.of(3, 5), dims: [2] },
		rows: { data: Float32Array.of(7, 8), dims: [1, 2] },
	};
	const results = await session.run({ x: { data: Float32Array.of(run, -run), dims: [1, 2] }, ...(run === 0 && first) });
	told.push(Object.keys(results).sort(), [...floats(results, "twice")], [...floats(results, "seen")]);
}
await session.dispose();
console.log(JSON.stringify(told));
