import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `npm run bench`: prints figures and asserts nothing. Random weights of GPT-2 small's shape stay in the cache folder. */
const root = join(import.meta.dirname, "../..");
const big = join(root, "node_modules/.cache/bench");
mkdirSync(big, { recursive: true });
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
spawnSync(process.execPath, [join(import.meta.dirname, "bench-store.ts")], { stdio: "inherit" });
spawnSync(process.execPath, [join(import.meta.dirname, "bench-library.ts")], { stdio: "inherit" });
for (const part of ["run", "encode", "trace"])
	spawnSync(process.execPath, [join(import.meta.dirname, "bench-gpt2.ts"), big, part], { stdio: "inherit" });
for (const part of ["ablation", "collect", "validate"])
	spawnSync(process.execPath, [join(import.meta.dirname, "bench-methods.ts"), big, part], { stdio: "inherit" });
spawnSync(process.execPath, [join(import.meta.dirname, "bench-download.ts")], { stdio: "inherit" });
spawnSync(process.execPath, [join(import.meta.dirname, "bench-app.ts")], { stdio: "inherit" });
console.log("a big circuit:");
spawnSync(process.execPath, [join(import.meta.dirname, "bench-big.ts")], { stdio: "inherit" });
console.log("labels of features:");
spawnSync(process.execPath, [join(import.meta.dirname, "bench-labels.ts")], { stdio: "inherit" });
console.log("exchange:");
spawnSync(process.execPath, [join(import.meta.dirname, "bench-exchange.ts")], { stdio: "inherit" });
console.log("pictures and posters:");
spawnSync(process.execPath, [join(import.meta.dirname, "bench-export.ts")], { stdio: "inherit" });
