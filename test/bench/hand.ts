import type { Page } from "playwright-core";

/** Moves as a hand would, by events on the canvas, one each frame; counts the frames that were drawn. */
export async function moveOurs(
	page: Page,
	seconds: number,
): Promise<{ readonly frames: number; readonly back: number }> {
	return await page.evaluate(async (duration) => {
		const canvas = document.querySelector(".canvas") as HTMLCanvasElement & { scdSettled(): boolean };
		const { left, top, width, height } = canvas.getBoundingClientRect();
		const [x, y] = [left + width / 2, top + height / 2];
		const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
		const began = performance.now();
		let frames = 0;
		while (performance.now() - began < 1000 * duration) {
			const t = frames / 20;
			if (frames % 3 === 0)
				canvas.dispatchEvent(
					new WheelEvent("wheel", { clientX: x, clientY: y, deltaY: 40 * Math.sign(Math.sin(t)), cancelable: true }),
				);
			else
				canvas.dispatchEvent(
					new WheelEvent("wheel", {
						clientX: x,
						clientY: y,
						deltaX: 14 * Math.cos(t),
						deltaY: 9 * Math.sin(t),
						cancelable: true,
					}),
				);
			await frame();
			frames++;
		}
		const rate = (1000 * frames) / (performance.now() - began);
		const rest = performance.now();
		while (!canvas.scdSettled()) await frame();
		return { frames: rate, back: performance.now() - rest };
	}, seconds);
}

/** Milliseconds until the count of what is hidden follows a press of a key on the slider; the median of eight. */
export async function measureSlider(page: Page): Promise<number> {
	await page.getByRole("slider", { name: "Smallest edge shown" }).focus();
	return await page.evaluate(async () => {
		const thumb = document.activeElement as HTMLElement;
		const shown = () => document.querySelector("[data-hidden]")?.textContent ?? "";
		const times: number[] = [];
		for (let i = 0; i < 8; i++) {
			const before = shown();
			const began = performance.now();
			thumb.dispatchEvent(new KeyboardEvent("keydown", { key: "PageUp", bubbles: true, cancelable: true }));
			while (shown() === before && performance.now() - began < 2000)
				await new Promise((resolve) => setTimeout(resolve));
			times.push(performance.now() - began);
			await new Promise((resolve) => setTimeout(resolve, 150));
		}
		return times.sort((a, b) => a - b)[4] ?? 0;
	});
}
