import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { HubConnection } from "../../main/hub/hub-connection.ts";
import { readHubSettings } from "../../main/hub/hub-settings.ts";
import { planDownload } from "../../main/hub/plan-download.ts";
import { runDownload } from "../../main/hub/run-download.ts";
import type { DownloadProgress, DownloadRequest } from "../../main/shared/download.ts";
import type { HubServer } from "./hub-server.ts";

export const gpt2: DownloadRequest = { models: ["gpt2"], sets: [] };
export const gpt2Repo = "openai-community/gpt2";

/** A model's files as they lie on the hub: the weights have so many bytes, all of them random. */
export function modelFiles(bytes: number): Record<string, Buffer | string> {
	return {
		"README.md": "# GPT-2",
		"config.json": '{"model_type":"gpt2"}',
		"tokenizer.json": '{"model":{}}',
		"vocab.json": "{}",
		"merges.txt": "#version: 0.2\n",
		"pytorch_model.bin": randomBytes(3000),
		"onnx/decoder.onnx": randomBytes(3000),
		"model.safetensors": randomBytes(bytes),
	};
}

export interface FetchOptions {
	readonly env?: Readonly<Record<string, string>>;
	readonly signal?: AbortSignal;
	tell?(progress: DownloadProgress): void;
}

/** Downloads from a hub into a folder, as `scd download` does, with short waits. */
export async function fetchFrom(
	hub: Pick<HubServer, "url">,
	home: string,
	request: DownloadRequest = gpt2,
	{ env = {}, signal = new AbortController().signal, tell }: FetchOptions = {},
): Promise<string> {
	const settings = readHubSettings({ HF_ENDPOINT: hub.url, HF_HOME: home, ...env });
	const connection = new HubConnection(settings, { signal, firstMs: 2 });
	try {
		await runDownload(connection, await planDownload(connection, request), signal, tell);
	} finally {
		connection.dispose();
	}
	return settings.cache;
}

export const cacheOf = (home: string) => join(home, "hub");
export const repoFolder = (home: string) => join(cacheOf(home), "models--openai-community--gpt2");
