import { availableParallelism } from "node:os";
import {
	type Calibration,
	correctionsOf,
	learnRatio,
	type MachineSpeed,
	machineSpeed,
	type RunCost,
	type Speed,
} from "#shared/forecast";
import type { ProviderChoice } from "#shared/trace-request";
import { defaultRates } from "../circuits/forecast/default-rates.ts";
import type { CallOptions, EngineSupervisor } from "../engine/engine-supervisor.ts";
import type { Store } from "../store/store.ts";
import { reference } from "./locations.ts";
import { readVersions } from "./versions.ts";

const settingKey = "machineSpeed";
const unknown: MachineSpeed = { calibrations: [], ratios: {} };

/** What was measured of this machine's speed, kept with the settings. */
export class SpeedKeeper {
	readonly #settings: Store["settings"];
	readonly #engine: EngineSupervisor;

	constructor(settings: Store["settings"], engine: EngineSupervisor) {
		this.#settings = settings;
		this.#engine = engine;
		engine.keepSpeed(this);
	}

	load(): MachineSpeed {
		const stored = machineSpeed.safeParse(this.#settings.load()[settingKey]);
		return stored.success ? (stored.data as MachineSpeed) : unknown;
	}

	/** What was measured with this runtime, as many threads and the same provider. */
	calibrationOf(provider: ProviderChoice): Calibration | undefined {
		const [{ onnxruntime }, threads] = [readVersions(), availableParallelism()];
		return this.load().calibrations.find(
			(one) => one.onnxruntime === onnxruntime && one.threads === threads && one.provider === provider,
		);
	}

	speedOf(provider: ProviderChoice): Speed {
		const rates = this.calibrationOf(provider)?.rates ?? defaultRates();
		return { rates, corrections: correctionsOf(this.load()) };
	}

	learn(cost: RunCost): void {
		try {
			this.#settings.save(settingKey, learnRatio(this.load(), cost));
		} catch {
			// A database that cannot be written fails what it is for, and not a run that has ended.
		}
	}

	/** Measures anew. Ratios were against other figures and go. */
	async calibrate(provider: ProviderChoice, call: CallOptions): Promise<Calibration> {
		const rates = await this.#engine.call("calibrate", { modelDir: reference.model, provider }, call);
		const { onnxruntime } = readVersions();
		const measured: Calibration = { onnxruntime, threads: availableParallelism(), provider, rates, at: Date.now() };
		const others = this.load().calibrations.filter((one) => one.provider !== provider);
		this.#settings.save(settingKey, { calibrations: [...others, measured], ratios: {} } satisfies MachineSpeed);
		return measured;
	}
}
