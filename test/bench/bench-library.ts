import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectFolder } from "../../main/app/library.ts";
import { measureMedian } from "./measure.ts";

/** The Library with 60 dictionaries (30 GB), whose files are whole but empty: holes that take no room on the disk. */
const root = mkdtempSync(join(tmpdir(), "scd-bench-library-"));
const dIn = 768;
let bytes = 0;

function writeHollow(folder: string, file: string, tensors: Readonly<Record<string, readonly number[]>>, cfg: object) {
	mkdirSync(folder, { recursive: true });
	let end = 0;
	const header = Object.entries(tensors).map(([name, shape]) => {
		const begin = end;
		end += 4 * shape.reduce((product, dim) => product * dim, 1);
		return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
	});
	const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(json.length));
	const path = join(folder, file);
	writeFileSync(path, Buffer.concat([length, json]));
	truncateSync(path, 8 + json.length + end);
	writeFileSync(join(folder, "cfg.json"), JSON.stringify(cfg));
	bytes += end;
}

for (let layer = 0; layer < 12; layer++) {
	for (const place of ["attn_out", "mlp_out", "resid_post"]) {
		const d_sae = 131_072;
		const shapes = { W_enc: [dIn, d_sae], b_enc: [d_sae], W_dec: [d_sae, dIn], b_dec: [dIn] };
		const cfg = { d_in: dIn, d_sae, hook_name: `blocks.${layer}.hook_${place}`, activation_fn: "topk" };
		const folder = join(root, `oai-v5-128k-${place}`, `v5_128k_layer_${layer}`);
		writeHollow(folder, "sae_weights.safetensors", shapes, { ...cfg, activation_fn_kwargs: { k: 32 } });
	}
	const shapes = { W_enc: [dIn, 24_576], b_enc: [24_576], W_dec: [24_576, dIn], b_dec: [dIn] };
	const cfg = { d_in: dIn, d_sae: 24_576, hook_point: `blocks.${layer}.hook_resid_pre` };
	writeHollow(join(root, "res-jb", `blocks.${layer}.hook_resid_pre`), "sae_weights.safetensors", shapes, cfg);
	const linear = {
		"encoder.weight": [24_576, dIn],
		"encoder.bias": [24_576],
		W_dec: [24_576, dIn],
		b_dec: [dIn],
	};
	writeHollow(join(root, "sparsify", `h.${layer}.mlp`), "sae.safetensors", linear, {
		...{ d_in: dIn, expansion_factor: 32, k: 32 },
	});
}
const began = performance.now();
const { sets, refused } = inspectFolder(root, false);
const first = performance.now() - began;
const found = sets.reduce((sum, { dictionaries }) => sum + dictionaries.length, 0);
if (found !== 60 || refused.length > 0) throw new Error(`${found} found, ${refused.length} refused`);
const again = await measureMedian(9, async () => void inspectFolder(root, false));
rmSync(root, { recursive: true });
console.log(
	`library: ${found} dictionaries (${(bytes / 1e9).toFixed(0)} GB) listed in ${first.toFixed(0)} ms the first time (goal 300), ${again.toFixed(0)} ms again`,
);
