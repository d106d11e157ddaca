import type { Place } from "#shared/document";
import { findPlaces, type LayoutQuestion } from "#shared/drawing/arrange";

export interface AskedLayout {
	readonly id: number;
	readonly question: LayoutQuestion;
}

export interface LayoutAnswer {
	readonly id: number;
	readonly places: readonly Place[];
}

/** Layouts of large circuits take a moment: beside the page, so that nothing waits for them. */
self.onmessage = ({ data: { id, question } }: MessageEvent<AskedLayout>) => {
	const answer: LayoutAnswer = { id, places: findPlaces(question) };
	self.postMessage(answer);
};
