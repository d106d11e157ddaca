import { mkdtempSync, rmSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError } from "#shared/errors";
import { agrees, describeProviderCheck, type ProviderCheck } from "#shared/provider-check";
import type { GradientRequest, ProviderChoice } from "#shared/trace-request";
import { startNodeEngine } from "../app/cuda-folder.ts";
import { engineFile, reference } from "../app/locations.ts";
import { EngineSupervisor } from "../engine/engine-supervisor.ts";
import { freeBytes } from "../hub/disk-space.ts";
import {
	countShapeBytes,
	gpt2Small,
	type ModelShape,
	writeDictionariesShape,
	writeGpt2Shape,
} from "../model/gpt2-shape.ts";
import { size } from "./size.ts";
import { createProgressBar, printJson, printResult, withInterrupt } from "./terminal.ts";

/** How much is computed. */
export interface CheckSize {
	readonly name: string;
	readonly shape: ModelShape;
	/** The fixed graphs are made smaller by it. */
	readonly divide: number;
}

const usual: CheckSize = { name: "GPT-2 small's shape", shape: gpt2Small, divide: 1 };

/**
 * Compares a provider with the processor and prints a table; exit code 1 where they do not agree. Throws `unsupported`
 * where the provider does not work here, before anything is written.
 */
export async function doctorProvider(provider: ProviderChoice, json: boolean, wanted = usual): Promise<void> {
	const engine = new EngineSupervisor(() => startNodeEngine(engineFile));
	const bar = createProgressBar();
	try {
		const check = await withInterrupt(async (signal) => {
			await engine.call("requireProvider", provider, { signal });
			return await withFolder(async (folder) => {
				bar.show({ step: `Writing weights of ${wanted.name}`, done: 0, total: 1 });
				const traces = await writeTraces(folder, wanted, signal);
				const request = { provider, traces, divide: wanted.divide };
				return await engine.call("checkProvider", request, { signal, progress: bar.show });
			});
		}).finally(bar.clear);
		report(check, json);
	} finally {
		engine.dispose();
	}
}

/** A folder that is gone afterwards, also where a second Ctrl-C ends this process at once. */
async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = makeFolder();
	const remove = () => rmSync(folder, { recursive: true, force: true });
	process.once("exit", remove);
	try {
		return await work(folder);
	} finally {
		process.off("exit", remove);
		remove();
	}
}

function makeFolder(): string {
	try {
		return mkdtempSync(join(tmpdir(), "scd-provider-"));
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new AppError(
			"access",
			`The check writes weights for a while, and ${tmpdir()} takes no files (${code}). Let TMPDIR name another folder.`,
			{ path: tmpdir(), code },
		);
	}
}

async function writeTraces(folder: string, { name, shape }: CheckSize, signal: AbortSignal) {
	const [modelDir, dictionaries] = [join(folder, "model"), join(folder, "saes")];
	const bytes = countShapeBytes(shape);
	const free = freeBytes(folder);
	if (free !== undefined && free < bytes) throw describeFullDisk(bytes);
	try {
		// Both hold the thread; an interruption is heard behind each.
		for (const write of [() => writeGpt2Shape(modelDir, shape), () => writeDictionariesShape(dictionaries, shape)]) {
			write();
			await nextTurn();
			signal.throwIfAborted();
		}
	} catch (error) {
		if (signal.aborted) throw new AppError("cancelled", "Stopped. Nothing of it is kept.");
		if (["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw describeFullDisk(bytes);
		throw error;
	}
	const bundled = { modelDir: reference.model, dictionaryDirs: [reference.dictionaries] };
	const made = { modelDir, dictionaryDirs: [dictionaries] };
	return [
		{ name: "the bundled model", request: buildRequest(bundled, "Copyright (C)") },
		{ name, request: buildRequest(made, "The quick brown fox jumps over t") },
	];
}

function describeFullDisk(bytes: number): AppError {
	return new AppError(
		"disk-full",
		`The check writes ${size(bytes)} for a while, and the disk that holds ${tmpdir()} has no room for that. Free some space, or let TMPDIR name another folder.`,
		{ needed: bytes, path: tmpdir() },
	);
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
		errors: "chosen",
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
