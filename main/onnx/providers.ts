import type { ProviderChoice } from "#shared/trace-request";
import { add, mul } from "./elementwise.ts";
import { listSupportedBackends } from "./runtime.ts";
import { runOnce } from "./session.ts";
import { input } from "./sources.ts";

export type Provider = "cpu" | "webgpu" | "cuda" | "dml" | "coreml";

export interface ChosenProvider {
	readonly provider: Provider;
	/** What was tried before and why it was not taken; absent when the first choice works. */
	readonly fallback?: string;
}

/** As people name it. */
export const nameProvider = (provider: Provider): ProviderChoice => (provider === "dml" ? "directml" : provider);

/** Providers that this build of ONNX Runtime carries, best first. Whether they work shows when they are chosen. */
export function listProviders(): readonly Provider[] {
	const bundled = new Set(listSupportedBackends().map(({ name }) => name));
	// CoreML is not among them: it is taken where it is asked for.
	return (["cuda", "webgpu", "dml", "cpu"] as const).filter((name) => bundled.has(name) || name === "cpu");
}

/**
 * Takes the first provider that computes a small graph correctly: the wish alone, or for `auto` CUDA, WebGPU (DirectML
 * on Windows), CPU. CPU always works, and every step down is told.
 */
export async function chooseProvider(wish: ProviderChoice): Promise<ChosenProvider> {
	const asked = wish === "directml" ? "dml" : wish;
	const candidates: readonly Provider[] = asked === "auto" ? listProviders() : [asked, "cpu"];
	const failures: string[] = [];
	for (const provider of candidates) {
		const failure = provider === "cpu" ? undefined : await tryProvider(provider);
		if (failure === undefined)
			return failures.length > 0 && wish !== "cpu" ? { provider, fallback: failures.join("; ") } : { provider };
		failures.push(`${provider}: ${failure}`);
	}
	return { provider: "cpu", fallback: failures.join("; ") };
}

async function tryProvider(provider: Provider): Promise<string | undefined> {
	const x = input("x", [4]);
	try {
		const feeds = { x: { data: Float32Array.of(0, 1, 2, 3), dims: [4] } };
		const { y } = await runOnce({ y: add(mul(x, x), 1) }, feeds, { provider });
		return String(y?.data) === "1,2,5,10" ? undefined : "it computes wrong numbers";
	} catch (error) {
		return error instanceof Error ? (error.message.split("\n")[0] ?? "it failed") : String(error);
	}
}

/** Every bundled provider with whether it works here. */
export async function describeProviders(): Promise<readonly { name: Provider; works: boolean; reason?: string }[]> {
	const described: { name: Provider; works: boolean; reason?: string }[] = [];
	for (const name of listProviders()) {
		const reason = name === "cpu" ? undefined : await tryProvider(name);
		described.push(reason === undefined ? { name, works: true } : { name, works: false, reason });
	}
	return described;
}
