/** A trace as most people want it, whatever was asked for last. */
export const plainForm = {
	method: "gradient",
	patchPrompt: null,
	morePrompts: null,
	layers: null,
	extend: false,
} as const;
