import { createInterface } from "node:readline";
import { AppError } from "#shared/errors";
import { isCudaSystem } from "../app/cuda-folder.ts";
import { type CudaPlan, type CudaState, examineCuda, fetchCuda } from "../app/fetch-cuda.ts";
import { size } from "./size.ts";
import { createProgressBar, describeFetched, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface FetchOptions {
	readonly yes?: true;
	readonly json?: true;
}

/** Says what would come from where and how large it is, asks, and fetches it. */
export async function doctorFetchCuda({ yes, json }: FetchOptions): Promise<void> {
	if (!isCudaSystem)
		throw new AppError(
			"unsupported",
			`ONNX Runtime's CUDA provider is published for Linux on x64 alone, and this is ${process.platform} ${process.arch}. --provider webgpu${process.platform === "win32" ? " and directml need" : " needs"} nothing to be fetched.`,
		);
	const bar = createProgressBar();
	await withInterrupt(async (signal) => {
		let plan: CudaPlan | undefined;
		try {
			const done = await fetchCuda(signal, {
				async planned(found) {
					plan = found;
					if (!found.state.hasDriver)
						warn(
							"NVIDIA's driver (libcuda.so.1) is not here. It comes with the system, for CUDA 13 as version 580 or later; without it nothing of this works.",
						);
					if (found.found.length === 0) return true;
					if (yes) return true;
					process.stderr.write(`${describePlan(found)}\n`);
					return await askYes("Fetch them? [y/N] ", signal);
				},
				progress: (progress) => bar.show(describeFetched(progress)),
				step: (step) => bar.show({ step, done: 0, total: 1 }),
			});
			bar.clear();
			if (plan) tellOutcome(plan, done, json);
		} catch (error) {
			if (signal.aborted)
				throw new AppError("cancelled", "Stopped. What was fetched is kept; the same command goes on from there.");
			throw error;
		} finally {
			bar.clear();
		}
	});
}

function tellOutcome(plan: CudaPlan, done: boolean, json: true | undefined): void {
	const { state, found, bytes, presentBytes } = plan;
	if (json) printJson(buildJson(plan, done));
	else if (!done) printResult("Nothing was fetched. In a script, say --yes.");
	else if (found.length === 0)
		printResult(`Everything that ONNX Runtime's CUDA provider needs is here. ${describePlaces(state)}`);
	else
		printResult(
			`Fetched ${size(bytes - presentBytes)} into ${state.folder}. Run scd doctor --provider cuda to see whether the card computes what the processor computes.`,
		);
}

function buildJson({ state, found, bytes, presentBytes }: CudaPlan, done: boolean): object {
	return {
		folder: state.folder,
		fetched_bytes: done ? bytes - presentBytes : 0,
		complete: done,
		driver: state.hasDriver,
		files: found.map(({ part, version, file, licence }) => ({
			...{ name: part.name, version, url: file.url, bytes: file.bytes },
			...{ [file.etag.length === 128 ? "sha512" : "sha256"]: file.etag, licence },
		})),
		here: listPlaces(state),
	};
}

const listPlaces = ({ present }: CudaState) => present.map(({ part, folders }) => ({ name: part.name, folders }));

function describePlan({ state, found, bytes, presentBytes, freeBytes }: CudaPlan): string {
	return [
		"ONNX Runtime's CUDA provider needs these libraries, which are not here:",
		...found.map(({ part, version, file }) => `${size(file.bytes).padStart(8)}  ${part.title} ${version}  ${file.url}`),
		...(state.present.length > 0 ? [describePlaces(state)] : []),
		`${size(bytes)} in ${found.length} files; ${size(bytes - presentBytes)} would be fetched into ${state.folder}${freeBytes === null ? "" : `, where ${size(freeBytes)} are free`}. Unpacked they take two to three times as much.`,
		"Each is checked against the publisher's checksum. They are given under these terms:",
		...[...new Set(found.map(({ licence }) => licence))].map((licence) => `          ${licence}`),
	].join("\n");
}

function describePlaces({ present }: CudaState): string {
	const places = present.map(
		({ part, folders }) => `${part.title} (${folders.map((at) => at || "the system").join(", ")})`,
	);
	return `Here already: ${places.join(", ")}.`;
}

/** Yes, only where somebody says so; the end of input is a no. */
async function askYes(question: string, signal: AbortSignal): Promise<boolean> {
	const lines = createInterface({ input: process.stdin });
	const stop = () => lines.close();
	signal.addEventListener("abort", stop, { once: true });
	process.stderr.write(question);
	try {
		for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line);
		process.stderr.write("\n");
		signal.throwIfAborted();
		return false;
	} finally {
		signal.removeEventListener("abort", stop);
		lines.close();
	}
}

/** One line of what is here; undefined where nothing could be. */
export async function describeCuda(): Promise<{ readonly line: string; readonly json: object } | undefined> {
	if (!isCudaSystem) return undefined;
	const state = await examineCuda();
	const { folder, missing, hasDriver } = state;
	const driver = hasDriver ? "" : "; NVIDIA's driver is not here";
	const names = (parts: readonly { readonly title: string }[]) => parts.map(({ title }) => title).join(", ");
	return {
		line:
			missing.length === 0
				? `CUDA  all libraries are here${driver}`
				: `CUDA  missing: ${names(missing)}${driver}${hasDriver ? "; scd doctor --fetch-cuda brings them" : ""}`,
		json: {
			folder,
			driver: hasDriver,
			here: listPlaces(state),
			missing: missing.map(({ name }) => name),
		},
	};
}
