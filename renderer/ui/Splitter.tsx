import { useEffect, useRef, useState } from "react";

interface SplitterProps {
	/** What it sizes: "Width of the trace panel". */
	readonly label: string;
	/** Id of the panel's element, which is there as long as it is open. */
	readonly panel: string;
	/** Where the panel lies. */
	readonly side: "left" | "right" | "bottom";
	readonly isOpen: boolean;
	/** The size that it was given; null: the usual. In pixels, as all sizes. */
	readonly given: number | null;
	readonly min: number;
	readonly max: number;
	/** Null: the usual size. */
	onResize(size: number | null): void;
	/** It was let go. */
	onSettle(): void;
	onToggle(open: boolean): void;
}

const step = 16;
const largeStep = 64;

/**
 * The line between a panel and what is beside it: dragged, moved by arrow keys, doubly clicked for the usual size. Enter,
 * and dragging it almost shut, closes the panel; the line stays, and opens it again.
 */
export function Splitter({ label, panel, side, isOpen, given, min, max, onResize, onSettle, onToggle }: SplitterProps) {
	const isFlat = side === "bottom";
	const [size, setSize] = useState(0);
	const drag = useRef<{ readonly at: number; readonly size: number; readonly given: number | null }>(undefined);
	const measure = () => {
		const element = document.getElementById(panel);
		return element ? Math.round(isFlat ? element.offsetHeight : element.offsetWidth) : 0;
	};
	// However it came to be so large.
	useEffect(() => setSize(measure()));
	const clamp = (wanted: number) => Math.round(Math.min(max, Math.max(min, wanted)));
	const place = (event: React.PointerEvent) =>
		isFlat ? -event.clientY : side === "left" ? event.clientX : -event.clientX;
	const move = (event: React.PointerEvent) => {
		if (!drag.current) return;
		const wanted = drag.current.size + place(event) - drag.current.at;
		const opens = wanted > min / 2;
		if (opens !== isOpen) onToggle(opens);
		// Opened again, a panel that was shut is as it was before.
		onResize(opens ? clamp(wanted) : drag.current.given);
	};
	const end = () => {
		if (drag.current) onSettle();
		drag.current = undefined;
	};
	const press = (event: React.KeyboardEvent) => {
		const [less, more] = {
			left: ["ArrowLeft", "ArrowRight"],
			right: ["ArrowRight", "ArrowLeft"],
			bottom: ["ArrowDown", "ArrowUp"],
		}[side] as [string, string];
		const by = event.shiftKey ? largeStep : step;
		const wanted = { [less]: measure() - by, [more]: measure() + by, Home: min, End: max }[event.key];
		if (event.key === "Enter") onToggle(!isOpen);
		else if (wanted !== undefined && isOpen) {
			onResize(clamp(wanted));
			onSettle();
		} else return;
		event.preventDefault();
		event.stopPropagation();
	};
	return (
		<div
			className="splitter"
			role="separator"
			data-side={side}
			tabIndex={0}
			aria-label={label}
			aria-orientation={isFlat ? "horizontal" : "vertical"}
			aria-valuenow={size}
			aria-valuemin={0}
			aria-valuemax={Math.max(size, max)}
			aria-valuetext={isOpen ? `${size} pixels` : "closed"}
			aria-controls={isOpen ? panel : undefined}
			title={`${label}: drag, or arrow keys. Double click: usual size. Enter: ${isOpen ? "close" : "open"}.`}
			onPointerDown={(event) => {
				event.currentTarget.setPointerCapture(event.pointerId);
				drag.current = { at: place(event), size: measure(), given };
			}}
			onPointerMove={move}
			onPointerUp={end}
			onPointerCancel={end}
			onDoubleClick={() => {
				onToggle(true);
				onResize(null);
				onSettle();
			}}
			onKeyDown={press}
		/>
	);
}
