import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { RunCost } from "#shared/forecast";
import type { TraceMethod, TraceRequest } from "#shared/trace-request";
import type { ValidationRequest } from "#shared/validation";
import { App } from "../../main/app/app.ts";
import { type Forecastable, forecastRun } from "../../main/app/forecast-run.ts";
import { reference } from "../../main/app/locations.ts";
import { readVersions } from "../../main/app/versions.ts";
import { calibrate } from "../../main/circuits/forecast/calibrate.ts";
import type { EngineMethod } from "../../main/engine/protocol.ts";
import { ablationRequest, consensusRequest, gradientRequest, jacobianRequest } from "../requests.ts";

/**
 * Forecast against measurement: time and memory of all processes, run by run, each in a fresh engine. The first figures
 * are without what earlier runs taught, those behind them with it. Arguments: a folder that holds `model` and `saes` of
 * another shape, or "-"; and `processor` for processor seconds, where other programs keep the machine busy.
 */
const [place = "-", clock] = process.argv.slice(2);
const folder = place === "-" ? undefined : place;
const processor = clock === "processor";
const provider = "cpu" as const;
const temporary = mkdtempSync(join(tmpdir(), "scd-bench-forecast-"));
const text = readFileSync(reference.sample, "utf8");

interface Case {
	readonly name: string;
	readonly asked: Forecastable;
	readonly method: EngineMethod;
}

const trace = (name: string, request: TraceRequest): Case => ({
	name,
	asked: { kind: request.method as TraceMethod, request } as Forecastable,
	method: "trace",
});

function* listCases(modelDir: string, dictionaryDirs: readonly string[], lengths: readonly number[]): Generator<Case> {
	const files = { modelDir, dictionaryDirs, provider };
	const prompt = (letters: number) => (folder ? text.replace(/[^a-z]/g, "") : text).slice(0, letters);
	const gradient = (letters: number) =>
		gradientRequest({
			...files,
			prompt: prompt(letters),
			choice: { by: "count", count: 10 },
			upNodes: 10,
			errors: "chosen",
		});
	const [short = 16, , long = 64] = lengths;
	for (const letters of lengths) yield trace(`gradient, ${letters} letters`, gradient(letters));
	yield trace("gradient, 40 nodes a site", { ...gradient(short), choice: { by: "count", count: 40 } });
	yield trace("gradient, all errors", { ...gradient(short), errors: "all" });
	yield trace("gradient, 4 integrated steps", { ...gradient(short), integratedGradients: 4 });
	yield trace("gradient, layers 1:3", { ...gradient(long), layers: "1:3" });
	yield trace(
		"consensus, 3 prompts",
		consensusRequest(gradient(short), { morePrompts: [prompt(short + 3), prompt(short + 7)], atLeast: 1 }),
	);
	const layers = { layers: "1:3" };
	const pins = ["resid_1.1", "resid_1.3", "resid_1.5"];
	const ablation = ablationRequest(
		{ ...gradient(short), ...layers },
		folder ? { thinning: 0.05 } : { pins, thresholdExp: -20 },
	);
	yield trace("ablation, 3 pins", ablation);
	yield trace("ablation without logits", { ...ablation, logitTokens: 0 });
	const residual =
		dictionaryDirs.length === 1
			? [1, 2].map((layer) => join(dictionaryDirs[0] as string, `blocks.${layer}.hook_resid_post`))
			: dictionaryDirs;
	yield trace("jacobian", jacobianRequest({ ...gradient(short), dictionaryDirs: residual }));
	yield trace(
		"jacobian, last position",
		jacobianRequest({ ...gradient(long), dictionaryDirs: residual }, { lastPositionOnly: true }),
	);
	const corpus = { corpus: reference.sample, maxLength: 32 };
	const validation: ValidationRequest = {
		...files,
		...corpus,
		pins: [...pins, "mlp_2.4"],
		sequences: folder ? 2 : 40,
		baseline: "zero",
		errors: "keep",
		tokens: 8,
		leaveOneOut: false,
		curve: 0,
		controls: 0,
		seed: 0,
		...(folder && layers),
	};
	const validate = (name: string, change: Partial<ValidationRequest> = {}): Case => ({
		name,
		asked: { kind: "validate", request: { ...validation, ...change } },
		method: "validate",
	});
	yield validate("validate");
	yield validate("validate, mean, curve, controls", { baseline: "mean", curve: 3, controls: 3 });
	yield validate("validate, each feature", { leaveOneOut: true });
	for (const tokens of [8, 32])
		yield {
			name: `generate ${tokens} tokens`,
			asked: {
				kind: "generate",
				request: {
					...files,
					prompt: prompt(short),
					changes: [{ feature: "mlp_2.4", scale: 2 }],
					tokens,
					temperature: 0,
					topK: 0,
					seed: 0,
					listed: 5,
				},
			},
			method: "generate",
		};
	const cluster = {
		modelDir,
		site: "resid_1",
		bos: "on" as const,
		...corpus,
		positions: folder ? 400 : 4000,
		clusters: 8,
		seed: 0,
		provider,
	};
	yield { name: "cluster", asked: { kind: "cluster", request: cluster }, method: "cluster" };
	yield {
		name: "train",
		asked: {
			kind: "train",
			request: {
				...corpus,
				modelDir,
				site: "resid_1",
				bos: "on",
				kind: "topk",
				features: 512,
				k: 16,
				l1: 0,
				rate: 1e-3,
				steps: folder ? 20 : 100,
				batch: 256,
				seed: 0,
				output: join(temporary, `trained-${modelDir.length}`),
				provider,
			},
		},
		method: "train",
	};
	yield {
		name: "compare 2",
		asked: {
			kind: "compare",
			request: { ...files, ...corpus, dictionaryDirs: residual.slice(0, 2), sequences: folder ? 8 : 40 },
		},
		method: "compareDictionaries",
	};
	yield {
		name: "check",
		asked: {
			kind: "check",
			request: { modelDir, dictionaryDir: residual[0] as string, corpus: reference.sample, provider },
		},
		method: "checkDictionary",
	};
}

function processBytes(pid: number): number {
	try {
		return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
	} catch {
		return 0;
	}
}

/** Seconds: of this machine's clock, or of the engine's processor time. */
function readClock(): number {
	if (!processor) return performance.now() / 1000;
	return childPids().reduce((sum, pid) => {
		const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
		return sum + (Number(fields[11]) + Number(fields[12])) / 100;
	}, 0);
}

const childPids = () => readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(/\s+/).map(Number);

const learning = new App(join(temporary, "learning.sqlite"));
if (processor) {
	// The load of the machine is left aside: everything is told in processor seconds.
	performance.now = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
	const rates = await calibrate({ modelDir: reference.model, provider }, async () => {});
	const measured = { onnxruntime: readVersions().onnxruntime, threads: availableParallelism(), provider, rates, at: 0 };
	learning.store.settings.save("machineSpeed", { calibrations: [measured], ratios: {} });
} else await learning.speed.calibrate(provider, {});
learning.engine.dispose();
console.log(JSON.stringify(learning.speed.calibrationOf(provider)?.rates));
const ratios: number[][] = [[], [], []];
const models = [
	...(process.env["ONLY"] ? [] : [[reference.model, [reference.dictionaries], [20, 60, 120, 240]] as const]),
	...(folder ? [[join(folder, "model"), [join(folder, "saes")], [16, 32, 64, 128]] as const] : []),
] as const;
for (const [modelDir, dictionaryDirs, lengths] of models)
	for (const { name, asked, method } of listCases(modelDir, dictionaryDirs, lengths)) {
		const app = new App(join(temporary, "fresh.sqlite"));
		app.speed.load = () => ({ ...learning.speed.load(), ratios: {} });
		try {
			// Starting the process is not part of a run.
			await app.engine.call("respond", null as never).catch(() => {});
			const foreseen = await forecastRun(app, asked);
			const learnt = await forecastRun(learning, asked);
			let cost: RunCost | undefined;
			app.speed.learn = (run) => {
				cost = run;
			};
			// This process has loaded much that the program does not.
			const own = process.memoryUsage.rss();
			const began = readClock();
			await app.engine.call(method, asked.request as never, {
				memory: { recall: async () => undefined, keep: async () => {} },
			});
			const seconds = readClock() - began;
			if (cost) learning.speed.learn({ ...(cost as RunCost), seconds });
			const bytes = own + childPids().reduce((sum, pid) => sum + processBytes(pid), 0);
			const figures = [foreseen.seconds / seconds, learnt.seconds / seconds, foreseen.bytes / bytes];
			for (const [i, ratio] of figures.entries()) ratios[i]?.push(ratio);
			const [plain, taught, memory] = figures.map((ratio) => ratio.toFixed(2));
			console.log(
				`${name.padEnd(34)} ${foreseen.seconds.toFixed(2).padStart(8)} s forecast ${seconds.toFixed(2).padStart(8)} s measured  × ${plain}, learnt × ${taught}   ${Math.round(foreseen.bytes / 1e6)} of ${Math.round(bytes / 1e6)} MB × ${memory}`,
			);
		} catch (error) {
			console.log(`${name.padEnd(34)} ${(error as Error).message}`);
		} finally {
			app.dispose();
		}
	}
for (const [i, name] of ["time", "time, learnt", "memory"].entries()) {
	const within = (share: number) => ratios[i]?.filter((ratio) => Math.abs(ratio - 1) <= share).length;
	console.log(`${name}: ${within(0.2)} within 20%, ${within(0.3)} within 30% of ${ratios[i]?.length}`);
}
learning.dispose();
rmSync(temporary, { recursive: true });
