import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { saveSafetensors, type TensorToSave } from "../../main/model/save-safetensors.ts";

/** Two layers, two heads, width 4, inner width 6, 5 tokens, context 3: small enough to write every shape by hand. */
export const tinyConfig = {
	model_type: "gpt2",
	n_layer: 2,
	n_head: 2,
	n_embd: 4,
	n_inner: 6,
	vocab_size: 5,
	n_positions: 3,
};

const blockShapes: Readonly<Record<string, readonly number[]>> = {
	"ln_1.weight": [4],
	"ln_1.bias": [4],
	"attn.c_attn.weight": [4, 12],
	"attn.c_attn.bias": [12],
	"attn.c_proj.weight": [4, 4],
	"attn.c_proj.bias": [4],
	"ln_2.weight": [4],
	"ln_2.bias": [4],
	"mlp.c_fc.weight": [4, 6],
	"mlp.c_fc.bias": [6],
	"mlp.c_proj.weight": [6, 4],
	"mlp.c_proj.bias": [4],
};

/** Shapes of all parameters of a model with `tinyConfig`. */
export function tinyShapes(): Map<string, readonly number[]> {
	const shapes = new Map<string, readonly number[]>([
		["wte.weight", [5, 4]],
		["wpe.weight", [3, 4]],
		["ln_f.weight", [4]],
		["ln_f.bias", [4]],
	]);
	for (const layer of [0, 1])
		for (const [name, shape] of Object.entries(blockShapes)) shapes.set(`h.${layer}.${name}`, shape);
	return shapes;
}

export function writeTensors(
	path: string,
	shapes: ReadonlyMap<string, readonly number[]>,
	dtype: "F32" | "F16" = "F32",
): void {
	const tensors = new Map<string, TensorToSave>();
	for (const [name, shape] of shapes)
		tensors.set(name, { dtype, shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) });
	saveSafetensors(path, tensors);
}

export function writeModel(
	folder: string,
	{ config = {}, shapes = tinyShapes() }: { config?: object; shapes?: ReadonlyMap<string, readonly number[]> } = {},
): string {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "config.json"), JSON.stringify({ ...tinyConfig, ...config }));
	writeTensors(join(folder, "model.safetensors"), shapes);
	return folder;
}
