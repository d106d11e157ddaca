import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reference } from "../../main/app/locations.ts";
import { readTensor } from "../../main/model/safetensors.ts";
import { saveSafetensors } from "../../main/model/save-safetensors.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";

/** A bundled dictionary as if it had been trained on activations times a factor that was not folded into its weights. */
export function writeUnfolded(dir: string, factor: number): string {
	const from = join(reference.dictionaries, "blocks.1.hook_mlp_out");
	cpSync(from, dir, { recursive: true });
	const path = join(dir, "cfg.json");
	const config = JSON.parse(readFileSync(path, "utf8"));
	writeFileSync(path, JSON.stringify({ ...config, normalize_activations: "expected_average_only_in" }));
	const { encoder, decoder, encoderBias, decoderBias } = loadDictionary(from);
	const scaled = (values: Float32Array, by: number) => values.map((value) => value * by);
	const tensor = (shape: readonly number[], data: Float32Array) => ({ dtype: "F32", shape: [...shape], data }) as const;
	saveSafetensors(
		join(dir, "sae_weights.safetensors"),
		new Map([
			["W_enc", tensor(encoder.tensor.shape, scaled(readTensor(encoder.tensor), 1 / factor))],
			["W_dec", tensor(decoder.tensor.shape, scaled(readTensor(decoder.tensor), factor))],
			["b_enc", tensor([encoderBias.length], encoderBias)],
			["b_dec", tensor([decoderBias.length], scaled(decoderBias, factor))],
		]),
	);
	return dir;
}
