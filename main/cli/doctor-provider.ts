import { mkdtempSync, rmSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { agrees, describeProviderCheck, type ProviderCheck } from "#shared/provider-check";
import type { GradientRequest, ProviderChoice } from "#shared/trace-request";
import { engineFile, reference } from "../app/locations.ts";
import { spawnNodeEngine } from "../engine/engine-channel.ts";
import { EngineSupervisor } from "../engine/engine-supervisor.ts";
import { writeDictionariesShape, writeGpt2Shape } from "../model/gpt2-shape.ts";
import { createProgressBar, printJson, printResult, withInterrupt } from "./terminal.ts";

/** Compares a provider with the processor and prints a table; exit code 1 where they do not agree. */
export async function doctorProvider(provider: ProviderChoice, json: boolean): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "scd-provider-"));
	const engine = new EngineSupervisor(() => spawnNodeEngine(engineFile));
	const bar = createProgressBar();
	try {
		bar.show({ step: "Writing weights of GPT-2 small's shape", done: 0, total: 1 });
		const shape = { modelDir: join(folder, "model"), dictionaryDirs: [join(folder, "saes")] };
		writeGpt2Shape(shape.modelDir);
		writeDictionariesShape(join(folder, "saes"));
		const bundled = { modelDir: reference.model, dictionaryDirs: [reference.dictionaries] };
		const traces = [
			{ name: "the bundled model", request: buildRequest(bundled, "Copyright (C)") },
			{ name: "GPT-2 small's shape", request: buildRequest(shape, "The quick brown fox jumps over t") },
		];
		const check = await withInterrupt((signal) =>
			engine.call("checkProvider", { provider, traces, divide: 1 }, { signal, progress: bar.show }),
		).finally(bar.clear);
		report(check, json);
	} finally {
		bar.clear();
		engine.dispose();
		rmSync(folder, { recursive: true, force: true });
	}
}

function buildRequest(
	{ modelDir, dictionaryDirs }: Pick<GradientRequest, "modelDir" | "dictionaryDirs">,
	prompt: string,
): GradientRequest {
	return {
		method: "gradient",
		modelDir,
		dictionaryDirs,
		prompt,
		metric: "cross_entropy",
		choice: { by: "count", count: 10 },
		upNodes: 10,
		lastPositionOnly: false,
		allNodes: false,
		keepUnconnected: true,
		provider: "cpu",
	};
}

function report(check: ProviderCheck, json: boolean): void {
	const machine = `${cpus()[0]?.model ?? "a processor"}, ${availableParallelism()} threads, ${platform()} ${arch()}`;
	if (json) printJson({ machine, agrees: agrees(check), ...check });
	else printResult(describeProviderCheck(check, machine));
	if (!agrees(check)) process.exitCode = 1;
}
