import { useEffect, useState } from "react";

/** The width in pixels that an element has, and before it is seen the given one. */
export function useWidth(usual: number): readonly [(element: Element | null) => void, number] {
	const [element, setElement] = useState<Element | null>(null);
	const [width, setWidth] = useState(usual);
	useEffect(() => {
		if (!element) return;
		const observer = new ResizeObserver(([entry]) => {
			const seen = Math.round(entry?.contentRect.width ?? 0);
			if (seen > 0) setWidth(seen);
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [element]);
	return [setElement, width];
}
