import { totalmem } from "node:os";
import { defaultSettings, type SettingsValues, settings } from "#shared/contract/settings";
import { readVersions } from "../app.ts";
import { reference } from "../locations.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<AppHandlers, "app.describe" | "app.providers" | "settings.load" | "settings.save">;

/** What the app is and how it is set. */
export function buildAppHandlers(service: Service): Part {
	const { store, engine } = service.app;
	return {
		"app.describe": async () => {
			const { scd: version, ...versions } = readVersions();
			return {
				version,
				versions,
				host: service.host,
				platform: `${process.platform} ${process.arch}`,
				databasePath: store.path,
				reference: {
					modelDir: reference.model,
					dictionaryDir: reference.dictionaries,
					prompt: "Copyright (C)",
					sample: reference.sample,
					groundTruth: {
						modelDir: reference.groundTruth.model,
						dictionaryDir: reference.groundTruth.dictionaries,
						prompt: "abca",
						target: "b",
					},
				},
				interrupted: service.interrupted.map(({ circuit, request }) => ({ circuit, request })),
				memoryBytes: totalmem(),
			};
		},
		"app.providers": async () => await engine.call("providers", null),
		"settings.load": async () => loadSettings(service),
		"settings.save": async (changed) => {
			for (const [key, value] of Object.entries(changed)) store.settings.save(key, value);
			const now = loadSettings(service);
			engine.limitMemory(now.memoryLimitBytes ?? undefined);
			if (changed.backgroundContexts === false) service.stopReading();
			if (changed.neuronpedia === false) service.labels.clear();
			if (changed.neuronpedia) service.labels.forgetTrouble();
			service.tell("settings", now);
			return now;
		},
	};
}

/** A value that is not what it should be takes its default, and the others stay. */
export function loadSettings({ app }: Service): SettingsValues {
	const stored = app.store.settings.load();
	const sound = Object.entries(settings.shape).flatMap(([key, schema]) => {
		const parsed = schema.safeParse(stored[key]);
		return parsed.success ? [[key, parsed.data] as const] : [];
	});
	return { ...defaultSettings, ...Object.fromEntries(sound) };
}
