import { expect, test } from "vitest";
import { parseCachePath, parseRepoFolder, repoFolderName } from "../../main/shared/cache-path.ts";

// As `huggingface_hub.file_download.repo_folder_name` writes them.
test.each([
	["models", "openai-community/gpt2", "models--openai-community--gpt2"],
	["models", "gpt2", "models--gpt2"],
	["models", "user/model--v2", "models--user--model--v2"],
	["models", "neuronpedia/gpt2-small__res_sll-ajt", "models--neuronpedia--gpt2-small__res_sll-ajt"],
	["datasets", "NeelNanda/pile-10k", "datasets--NeelNanda--pile-10k"],
] as const)("%s of %s lie in %s", (kind, repo, folder) => {
	expect(repoFolderName({ kind, repo })).toBe(folder);
	expect(parseRepoFolder(folder)).toEqual({ kind, repo });
});

test.each(["spaces--a--b", "version.txt", ".locks", "models--"])("%s is no repository's folder", (name) => {
	expect(parseRepoFolder(name)).toBeUndefined();
});

test("paths in snapshots tell the repository, the commit and the path there", () => {
	const gpt2 = { kind: "models", repo: "openai-community/gpt2", commit: "607a30d" };
	const snapshot = "/home/me/hub/models--openai-community--gpt2/snapshots/607a30d";
	expect(parseCachePath(snapshot)).toEqual({ ...gpt2, inside: "" });
	expect(parseCachePath(`${snapshot}/`)).toEqual({ ...gpt2, inside: "" });
	expect(parseCachePath(`${snapshot}/onnx/model.onnx`)).toEqual({ ...gpt2, inside: "onnx/model.onnx" });
	expect(parseCachePath("C:\\hub\\models--a--b--c\\snapshots\\1\\x\\cfg.json")).toEqual({
		...{ kind: "models", repo: "a/b--c", commit: "1", inside: "x/cfg.json" },
	});
	expect(parseCachePath("/models/gpt2/model.safetensors")).toBeUndefined();
	expect(parseCachePath("/hub/models--a--b/blobs/abc")).toBeUndefined();
});
