import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { TraceResult } from "../../main/shared/trace.ts";
import type { ProviderChoice } from "../../main/shared/trace-request.ts";
import { gradientRequest } from "../requests.ts";

/** Run by `webgpu.test.ts` in a process whose environment has a Vulkan driver: one trace on each provider. */
const [modelDir = "", dictionaries = ""] = process.argv.slice(2);
const trace = (provider: ProviderChoice): Promise<TraceResult> =>
	traceGradient(
		gradientRequest({
			modelDir,
			dictionaryDirs: [dictionaries],
			prompt: "abcd",
			choice: { by: "count", count: 3 },
			upNodes: 3,
			allNodes: true,
			keepUnconnected: true,
			provider,
		}),
		{
			memory: { recall: async () => undefined, keep: async () => {} },
			encoders: new EncoderCache(0),
			signal: new AbortController().signal,
			progress: () => {},
		},
	);
console.log(JSON.stringify({ webgpu: await trace("webgpu"), cpu: await trace("cpu") }));
