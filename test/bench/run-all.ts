import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `npm run bench`, or `npm run bench -- gpt2` for some of it: prints figures and asserts nothing. Random weights of GPT-2 small's shape stay in the cache folder. */
const root = join(import.meta.dirname, "../..");
const big = join(root, "node_modules/.cache/bench");
mkdirSync(big, { recursive: true });
const wanted = process.argv.slice(2);

if (isWanted("bundled")) benchBundled();
run("store", "", "bench-store.ts");
run("names", "", "bench-names.ts");
run("library", "", "bench-library.ts");
for (const part of ["run", "encode"]) run("gpt2", "", "bench-gpt2.ts", big, part);
for (const part of ["trace", "wide", "validation"]) run("gpt2", "", "bench-trace.ts", big, part);
for (const part of ["ablation", "collect", "validate", "prompts"]) run("methods", "", "bench-methods.ts", big, part);
run("download", "", "bench-download.ts");
run("app", "", "bench-app.ts");
run("paths", "strongest paths:", "bench-paths.ts");
run("reading", "comparing, pins:", "bench-reading.ts");
run("labels", "labels of features:", "bench-labels.ts");
run("exchange", "exchange:", "bench-exchange.ts");
run("export", "pictures and posters:", "bench-export.ts");
run("report", "scores and reports:", "bench-report.ts");

function isWanted(name: string): boolean {
	return wanted.length === 0 || wanted.includes(name);
}

function run(name: string, heading: string, file: string, ...parameters: string[]): void {
	if (!isWanted(name)) return;
	if (heading) console.log(heading);
	spawnSync(process.execPath, [join(import.meta.dirname, file), ...parameters], { stdio: "inherit" });
}

/** From the command to the files, five times. */
function benchBundled(): void {
	const folder = mkdtempSync(join(tmpdir(), "scd-bench-"));
	const scd = join(root, "out/main/scd.js");
	const prompt = "The constitution of the United States gives to Congress the power to declare war and to";
	const times: number[] = [];
	for (let i = 0; i < 5; i++) {
		const began = performance.now();
		const { stdout, status } = spawnSync(
			process.execPath,
			[
				scd,
				"trace",
				"--prompt",
				prompt,
				"--down-nodes",
				"20",
				"--db",
				join(folder, `${i}.sqlite`),
				"-o",
				join(folder, "c.svg"),
				"-o",
				join(folder, "c.dot"),
				"--json",
			],
			{ encoding: "utf8" },
		);
		if (status !== 0) throw new Error("scd trace failed");
		times.push((performance.now() - began) / 1000);
		const { prompt: read, peak_rss_mb } = JSON.parse(stdout) as { prompt: { tokens: string[] }; peak_rss_mb: number };
		if (i === 4)
			console.log(
				`bundled model, ${read.tokens.length}-token prompt, all sites, 20 down nodes: ${times.toSorted((a, b) => a - b)[2]?.toFixed(2)} s from start to files (goal 3), ${peak_rss_mb} MB at most in both processes (goal 500)`,
			);
	}
	rmSync(folder, { recursive: true });
}
