import { z } from "zod";
import { providerChoice } from "../trace-request.ts";

/** Choices that outlive a session. */
export const settings = z.object({
	theme: z.enum(["system", "light", "dark"]),
	colours: z.enum(["blue-red", "blue-orange"]),
	/** Share of the usual size of letters. */
	fontScale: z.number().min(0.8).max(1.6),
	provider: providerChoice,
	/** Memory for encoders that stay loaded; null lets the app choose. */
	memoryLimitBytes: z.number().min(0).nullable(),
	/** The circuit that the next start opens. */
	lastCircuit: z.string().nullable(),
	/** Whether Neuronpedia may be asked for what is on the screen; nothing goes out before that. */
	neuronpedia: z.boolean(),
	/** Whether contexts are gathered in the background where nothing is known. */
	backgroundContexts: z.boolean(),
	/** Panels and forms as they were left: the renderer's own. */
	workspace: z.record(z.string(), z.unknown()),
});

export type SettingsValues = z.infer<typeof settings>;

/** What holds until something else is chosen, and where what was stored cannot be read. */
export const defaultSettings: SettingsValues = {
	theme: "system",
	colours: "blue-red",
	fontScale: 1,
	provider: "auto",
	memoryLimitBytes: null,
	lastCircuit: null,
	neuronpedia: false,
	backgroundContexts: true,
	workspace: {},
};
