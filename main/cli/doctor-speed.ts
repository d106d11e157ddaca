import { existsSync } from "node:fs";
import type { Calibration } from "#shared/forecast";
import type { ProviderChoice } from "#shared/trace-request";
import { App } from "../app/app.ts";

interface SpeedOptions {
	readonly calibrate?: true;
	readonly provider?: ProviderChoice;
}

/** What forecasts are made with, measured now where that is asked for. Null where nothing has been measured. */
export async function examineSpeed(
	path: string,
	{ calibrate, provider = "auto" }: SpeedOptions,
): Promise<Calibration | null> {
	if (!calibrate && !existsSync(path)) return null;
	let app: App | undefined;
	try {
		app = new App(path);
		return calibrate ? await app.speed.calibrate(provider, {}) : (app.speed.calibrationOf(provider) ?? null);
	} catch (error) {
		// What is wrong with the database is told beside this.
		if (calibrate) throw error;
		return null;
	} finally {
		app?.dispose();
	}
}

export function describeSpeed(speed: Calibration | null): string {
	if (!speed)
		return "not measured yet: the app does it once in the background, scd doctor --calibrate does it now; forecasts are those of a usual machine";
	const { products, attention, read } = speed.rates;
	const perSecond = (seconds: number) => (1e-9 / seconds).toFixed(1);
	const day = new Date(speed.at).toISOString().slice(0, 10);
	return `${perSecond(products)} billion operations a second in products, ${perSecond(attention)} in attention, ${perSecond(read)} GB/s read; measured ${day} with ${speed.threads} threads (${speed.provider})`;
}
