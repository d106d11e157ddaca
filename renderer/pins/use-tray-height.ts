import { type RefObject, useEffect } from "react";
import { setCovered } from "../canvas/camera.ts";

/** Tells how much of the canvas the tray covers: what lies below on it moves up, and the whole circuit is fitted above. */
export function useTrayHeight(tray: RefObject<HTMLElement | null>): void {
	useEffect(() => {
		const element = tray.current;
		if (!element) return;
		const tell = (height: number) => {
			document.documentElement.style.setProperty("--tray", `${height}px`);
			setCovered(height);
		};
		const observer = new ResizeObserver(() => tell(element.offsetHeight));
		observer.observe(element);
		tell(element.offsetHeight);
		return () => {
			observer.disconnect();
			tell(0);
		};
	}, [tray]);
}
