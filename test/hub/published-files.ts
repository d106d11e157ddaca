import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { releases } from "../../main/shared/catalogue-rows.ts";
import { starter } from "../../main/shared/starter.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import type { HubContent } from "./hub-server.ts";

/** What the first use fetches, under its true names: a tiny model of twelve layers, and the dictionaries to start with. */
export function publishStarter(): HubContent {
	const folder = temporaryFolder();
	writeRandomModel(join(folder, "model"), { layers: 12, heads: 2, width: 8, vocabularySize: 257 });
	const content: Record<string, Record<string, Buffer | string>> = {
		"openai-community/gpt2": readFolder(join(folder, "model")),
	};
	for (const { release: name, paths } of starter.sets) {
		const release = releases.find((one) => one.name === name);
		const files: Record<string, Buffer | string> = { "README.md": "# Dictionaries" };
		for (const { path, hook } of release?.dictionaries ?? []) {
			if (!paths?.includes(path)) continue;
			writeRandomDictionary(join(folder, name, path), hook, {
				...{ dIn: 8, dSae: 24, kind: "topk" },
				fields: { normalize_activations: "layer_norm" },
			});
			for (const [file, body] of Object.entries(readFolder(join(folder, name, path)))) files[`${path}/${file}`] = body;
		}
		content[release?.repo ?? ""] = files;
	}
	return content;
}

function readFolder(folder: string): Record<string, Buffer> {
	return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
