import type { Place } from "#shared/document";
import { findPlaces, type LayoutQuestion } from "#shared/drawing/arrange";
import type { FlowQuestion } from "./dagre-flow.ts";

export interface AskedLayout {
	readonly id: number;
	readonly question: LayoutQuestion | FlowQuestion;
}

export type LayoutAnswer =
	| { readonly id: number; readonly places: readonly Place[] }
	| { readonly id: number; readonly failure: string };

/** Layouts of large circuits take a moment: beside the page, so that nothing waits for them. */
self.onmessage = async ({ data: { id, question } }: MessageEvent<AskedLayout>) => {
	let answer: LayoutAnswer;
	try {
		// Dagre is only loaded by who asks for it.
		const places = "rounds" in question ? findPlaces(question) : (await import("./dagre-flow.ts")).findFlow(question);
		answer = { id, places };
	} catch (error) {
		answer = { id, failure: String(error) };
	}
	self.postMessage(answer);
};
