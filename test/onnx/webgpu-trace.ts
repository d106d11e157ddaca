import { checkProvider } from "../../main/circuits/provider-check.ts";
import { gradientRequest } from "../requests.ts";

/** Run by `webgpu.test.ts` in a process whose environment has a Vulkan driver: the provider's check, at a size for it. */
const [modelDir = "", dictionaries = ""] = process.argv.slice(2);
const request = gradientRequest({
	modelDir,
	dictionaryDirs: [dictionaries],
	prompt: "abcd",
	choice: { by: "count", count: 3 },
	upNodes: 3,
	allNodes: true,
	keepUnconnected: true,
});
const check = await checkProvider(
	{ provider: "webgpu", divide: 16, traces: [{ name: "a random model", request }] },
	{ signal: new AbortController().signal, progress: () => {}, pause: async () => {} },
);
console.log(JSON.stringify(check));
