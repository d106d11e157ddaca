import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importFile } from "../../main/app/exchange/import-file.ts";
import { seededRandom } from "../../main/shared/random.ts";
import { Store } from "../../main/store/store.ts";

/** Reading a graph of Neuronpedia's: 14,000 nodes and a million links, under the usual budget. Goals: 20 s, 1 GB. */
const [part, path = ""] = process.argv.slice(2);

if (part === "read") {
	const folder = mkdtempSync(join(tmpdir(), "scd-bench-exchange-"));
	const store = new Store(join(folder, "scd.sqlite"));
	const began = performance.now();
	const [outcome] = await importFile(store, { path });
	const seconds = (performance.now() - began) / 1000;
	store.dispose();
	rmSync(folder, { recursive: true });
	console.log(
		`Neuronpedia's JSON of ${(statSync(path).size / 1e6).toFixed(0)} MB: ${seconds.toFixed(1)} s and ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB until it is stored (goals 20 s, 1,000 MB). ${outcome?.notes[0]}`,
	);
} else {
	const folder = mkdtempSync(join(tmpdir(), "scd-bench-graph-"));
	for (const [nodes, links] of [
		[14_000, 1_000_000],
		...(process.env["SCD_BENCH_LARGE"] ? [[40_000, 20_000_000] as const] : []),
	] as const) {
		const file = join(folder, "graph.json");
		writeGraph(file, nodes, links);
		spawnSync(process.execPath, [import.meta.filename, "read", file], { stdio: "inherit" });
	}
	rmSync(folder, { recursive: true });
}

/** As circuit-tracer writes it, with its indentation, which makes most of the file. */
function writeGraph(place: string, nodes: number, links: number): void {
	const random = seededRandom(3);
	const file = openSync(place, "w");
	const layers = 26;
	const tokens = Array.from({ length: 40 }, (_, i) => `t${i}`);
	const ids: string[] = [];
	let text = `{\n  "metadata": ${JSON.stringify({ slug: "large", scan: "gemma-2-2b", prompt_tokens: tokens, prompt: tokens.join(""), node_threshold: 0.8, schema_version: 1 })},\n  "qParams": {"pinnedIds": [], "supernodes": [], "linkType": "both", "clickedId": "", "sg_pos": ""},\n  "nodes": [\n`;
	const flush = (atLeast: number) => {
		if (text.length < atLeast) return;
		writeSync(file, text);
		text = "";
	};
	for (let i = 0; i < nodes; i++) {
		const [layer, feature, position] = [
			Math.floor((i * layers) / nodes),
			1000 + i,
			Math.floor(random() * tokens.length),
		];
		const id = `${layer}_${feature}_${position}`;
		ids.push(id);
		const node = {
			node_id: id,
			feature: ((layer + feature) * (layer + feature + 1)) / 2 + feature,
			layer: `${layer}`,
			ctx_idx: position,
			feature_type: "cross layer transcoder",
			token_prob: 0,
			is_target_logit: false,
			run_idx: 0,
			reverse_ctx_idx: 0,
			jsNodeId: `${layer}_${feature}-0`,
			clerp: "",
			influence: i / nodes,
			activation: 10 * random(),
		};
		text += `    ${JSON.stringify(node)}${i < nodes - 1 ? "," : ""}\n`;
		flush(1 << 20);
	}
	text += '  ],\n  "links": [\n';
	for (let i = 0; i < links; i++) {
		const [source, target] = [ids[Math.floor(random() * nodes)], ids[Math.floor(random() * nodes)]];
		text += `    {\n      "source": "${source}",\n      "target": "${target}",\n      "weight": ${random() - 0.5}\n    }${i < links - 1 ? "," : ""}\n`;
		flush(1 << 20);
	}
	text += "  ]\n}\n";
	flush(0);
	closeSync(file);
}
