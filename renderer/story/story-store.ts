import { create } from "zustand";
import { storyOf } from "#shared/story";
import { zoomTo } from "../canvas/camera.ts";
import { useDerived } from "../document/derived-store.ts";
import { highlightPath } from "../document/highlight-store.ts";

/** The step of the story that is shown on the canvas, by its id. */
export const useStory = create<{ readonly current: string | null }>(() => ({ current: null }));

/** Shows a step: its path before everything else, and the canvas where it lies. */
export function showStep(id: string | null): void {
	const { document } = useDerived.getState();
	const step = document.story.find((one) => one.id === id);
	useStory.setState({ current: step ? step.id : null });
	if (step) showPath(step.path);
	else highlightPath(null);
}

/** A path before everything else, and the canvas where it lies. */
export function showPath(path: readonly string[]): void {
	const { viewOf } = useDerived.getState().view;
	highlightPath(path);
	zoomTo(new Set(path.map((node) => viewOf.get(node) ?? node)));
}

/** To the next step or the one before; from nowhere to the first. */
export function stepBy(by: 1 | -1): void {
	const steps = storyOf(useDerived.getState().document);
	const at = steps.findIndex(({ id }) => id === useStory.getState().current);
	const next = steps[at < 0 ? 0 : Math.min(steps.length - 1, Math.max(0, at + by))];
	if (next) showStep(next.id);
}

/** Left and right go through the story while one of its steps is shown, and Escape leaves it. Returns what ends that. */
export function listenForSteps(): () => void {
	const listen = (event: KeyboardEvent) => {
		const { target } = event;
		const typing = target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable=true]");
		if (typing || useStory.getState().current === null || document.querySelector("[role=dialog], [role=menu]")) return;
		const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : undefined;
		if (by === undefined && event.key !== "Escape") return;
		event.preventDefault();
		event.stopPropagation();
		if (by) stepBy(by);
		else showStep(null);
	};
	window.addEventListener("keydown", listen, { capture: true });
	return () => window.removeEventListener("keydown", listen, { capture: true });
}
