import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { AppError } from "#shared/errors";

/** From source files lie in `main/app`, built ones in `out/main`: both two folders below the project. */
const root = join(import.meta.dirname, "../..");
const fromSource = import.meta.filename.endsWith(".ts");

export const engineFile = fromSource
	? join(root, "main/engine/engine-entry.ts")
	: join(import.meta.dirname, "engine-entry.js");

/** In the packaged app, what ONNX Runtime maps into memory lies beside the archive. */
export const referenceFolder = join(root.replace(/app\.asar$/, "app.asar.unpacked"), "assets/reference");

/** The renderer as it was built. */
export const rendererFolder = join(root, "out/renderer");

export const preloadFile = join(root, "out/preload/index.cjs");

/** The bundled model, its dictionaries, and what is known of their features. */
export const reference = {
	model: join(referenceFolder, "scd-reference"),
	dictionaries: join(referenceFolder, "saes"),
	/** A model written by hand whose circuit is known. */
	groundTruth: { model: join(referenceFolder, "induction"), dictionaries: join(referenceFolder, "induction-saes") },
	facts: join(referenceFolder, "facts.sqlite"),
	sample: join(referenceFolder, "sample.txt"),
} as const;

/** A model's folder from a path, `reference`, or a name in the standard Hugging Face cache. Throws `not-found`. */
export function findModel(name: string | undefined): string {
	if (name === undefined || name === "reference") return reference.model;
	if (existsSync(name)) return resolve(name);
	const full = name === "gpt2" ? "openai-community/gpt2" : name;
	const snapshot = findSnapshot(join(huggingFaceCache(), `models--${full.replaceAll("/", "--")}`));
	if (snapshot !== undefined) return snapshot;
	throw new AppError(
		"not-found",
		`There is no model "${name}": neither a folder of that name nor one in the Hugging Face cache. Give a folder with config.json and model.safetensors, or leave --model out for the bundled model.`,
		{ name },
	);
}

/** The snapshot that `refs/main` names, or whichever there is. */
function findSnapshot(repository: string): string | undefined {
	const [ref, snapshots] = [join(repository, "refs/main"), join(repository, "snapshots")];
	const known = existsSync(snapshots) ? readdirSync(snapshots) : [];
	const main = existsSync(ref) ? readFileSync(ref, "utf8").trim() : "";
	const chosen = known.includes(main) ? main : known[0];
	return chosen === undefined ? undefined : join(snapshots, chosen);
}

/** Folders of the models in the standard cache that hold weights we may read. */
export function listHubModels(): readonly string[] {
	const cache = huggingFaceCache();
	if (!existsSync(cache)) return [];
	return readdirSync(cache)
		.filter((name) => name.startsWith("models--"))
		.map((name) => findSnapshot(join(cache, name)))
		.filter((folder) => folder !== undefined);
}

function huggingFaceCache(): string {
	const { HF_HUB_CACHE, HF_HOME } = process.env;
	return HF_HUB_CACHE ?? join(HF_HOME ?? join(homedir(), ".cache/huggingface"), "hub");
}
