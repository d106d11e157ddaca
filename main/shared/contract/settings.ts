import { z } from "zod";

/** Choices that outlive a session. Missing and unreadable ones take these defaults. */
export const settings = z.object({
	theme: z.enum(["system", "light", "dark"]).default("system"),
	colours: z.enum(["blue-red", "blue-orange"]).default("blue-red"),
	/** Share of the usual size of letters. */
	fontScale: z.number().min(0.8).max(1.6).default(1),
	provider: z.enum(["auto", "cpu", "webgpu", "cuda"]).default("auto"),
	/** Memory for encoders that stay loaded; null lets the app choose. */
	memoryLimitBytes: z.number().min(0).nullable().default(null),
	/** The circuit that the next start opens. */
	lastCircuit: z.string().nullable().default(null),
	/** Panels and forms as they were left: the renderer's own. */
	workspace: z.record(z.string(), z.unknown()).default({}),
});

export type SettingsValues = z.infer<typeof settings>;
export const defaultSettings: SettingsValues = settings.parse({});
