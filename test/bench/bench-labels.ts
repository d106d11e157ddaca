import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { importLabels } from "../../main/app/label-import.ts";
import { releases } from "../../main/shared/catalogue-rows.ts";
import { Store } from "../../main/store/store.ts";

/**
 * A pack of a whole slice of GPT-2 small: 36 sources of 131,072 features, in files of 1,024 lines as Neuronpedia writes
 * them. `SCD_BENCH_SOURCES` takes fewer; `SCD_BENCH_EMBEDDINGS=1` gives every line its vector of 256 numbers.
 */
const count = Number(process.env["SCD_BENCH_SOURCES"] ?? 36);
const withVectors = process.env["SCD_BENCH_EMBEDDINGS"] === "1";
const width = 131_072;
const linesOfFile = 1024;
const words =
	"references to programming code time places names legal terms and phrases in formal writing about science".split(" ");
const sources = releases
	.filter(({ name }) => /^gpt2-small-(attn-out|mlp-out|resid-post)-v5-128k$/.test(name))
	.flatMap(({ dictionaries }) => dictionaries.map(({ neuronpedia = "" }) => neuronpedia))
	.slice(0, count);

function writePack(folder: string): number {
	let bytes = 0;
	let seed = 1;
	const random = () => {
		seed = (seed * 48_271) % 2_147_483_647;
		return seed / 2_147_483_647;
	};
	const vector = () => `[${Array.from({ length: 256 }, () => (random() - 0.5).toFixed(8)).join(",")}]`;
	const order = Array.from({ length: width }, (_, i) => String(i)).sort();
	for (const source of sources) {
		const place = join(folder, "gpt2-small", source, "explanations");
		mkdirSync(place, { recursive: true });
		for (let file = 0; file * linesOfFile < width; file++) {
			const lines = order.slice(file * linesOfFile, (file + 1) * linesOfFile).map((index) =>
				JSON.stringify({
					id: `clx${(random() * 1e15).toString(36).padEnd(22, "0").slice(0, 22)}`,
					modelId: "gpt2-small",
					layer: source,
					index,
					authorId: "clkht01d40000jv08hvalcvly",
					description: Array.from({ length: (5 + random() * 5) | 0 }, () => words[(random() * words.length) | 0]).join(
						" ",
					),
					...(withVectors && { embedding: vector() }),
					typeName: "oai_token-act-pair",
					explanationModelName: "gpt-4o-mini",
					umap_x: 0,
					umap_y: 0,
					umap_cluster: 0,
					umap_log_feature_sparsity: 0,
				}),
			);
			const packed = gzipSync(`${lines.join("\n")}\n`, { level: 1 });
			bytes += packed.length;
			writeFileSync(join(place, `batch-${file}.jsonl.gz`), packed);
		}
	}
	return bytes;
}

const folder = mkdtempSync(join(tmpdir(), "scd-bench-labels-"));
try {
	const packed = writePack(join(folder, "pack"));
	console.log(`  a pack of ${sources.length} sources, ${(packed / 1e6).toFixed(0)} MB packed`);
	const path = join(folder, "scd.sqlite");
	const store = new Store(path);
	let longestMs = 0;
	let last = performance.now();
	const beat = setInterval(() => {
		longestMs = Math.max(longestMs, performance.now() - last - 5);
		last = performance.now();
	}, 5);
	last = performance.now();
	let peak = 0;
	const cpu = process.cpuUsage();
	const summary = await importLabels(store, [join(folder, "pack")], {
		sources: new Set(sources.map((name) => `gpt2-small/${name}`)),
		signal: new AbortController().signal,
		progress: ({ done }) => {
			if (done % 32 === 0) peak = Math.max(peak, process.memoryUsage.rss());
		},
	});
	clearInterval(beat);
	const { user, system } = process.cpuUsage(cpu);
	console.log(
		`  import of ${summary.labels.toLocaleString("en")} labels: ${summary.seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of processor), peak ${(peak / 1e6).toFixed(0)} MB, database ${(statSync(path).size / 1e6).toFixed(0)} MB, longest pause ${longestMs.toFixed(0)} ms`,
	);
	store.dispose();
	const again = new Store(path);
	const nodes = Array.from({ length: 500 }, (_, i) => ({
		name: sources[i % sources.length] as string,
		feature: (i * 7919) % width,
	}));
	const start = performance.now();
	let found = 0;
	for (const [name, wanted] of Map.groupBy(nodes, (node) => node.name))
		found += again.published.labels(
			{ model: "gpt2-small", name },
			wanted.map(({ feature }) => feature),
		).size;
	console.log(
		`  labels of a circuit of 500 nodes: ${(performance.now() - start).toFixed(1)} ms (${found} found), freshly opened`,
	);
	const search = performance.now();
	const all = again.published.labelsOfSource({ model: "gpt2-small", name: sources[0] as string });
	console.log(
		`  all ${all.size.toLocaleString("en")} labels of one source: ${(performance.now() - search).toFixed(0)} ms`,
	);
	again.dispose();
} finally {
	rmSync(folder, { recursive: true, force: true });
}
