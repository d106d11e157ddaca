import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { ProviderChoice, TraceResult } from "../../main/shared/trace.ts";

/** Run by `webgpu.test.ts` in a process whose environment has a Vulkan driver: one trace on each provider. */
const [modelDir = "", dictionaries = ""] = process.argv.slice(2);
const trace = (provider: ProviderChoice): Promise<TraceResult> =>
	traceGradient(
		{
			modelDir,
			dictionaryDirs: [dictionaries],
			prompt: "abcd",
			metric: "cross_entropy",
			choice: { by: "count", count: 3 },
			upNodes: 3,
			lastPositionOnly: false,
			allNodes: true,
			keepUnconnected: true,
			provider,
		},
		{
			memory: { recall: async () => undefined, keep: async () => {} },
			encoders: new EncoderCache(0),
			signal: new AbortController().signal,
			progress: () => {},
		},
	);
console.log(JSON.stringify({ webgpu: await trace("webgpu"), cpu: await trace("cpu") }));
