/** What a wheel event tells of the device that it came from. */
export type WheelSigns = Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "ctrlKey" | "metaKey" | "timeStamp"> & {
	/** Of Chromium: a touchpad's is −3 times `deltaY`, a wheel's counts its own ticks of 120. */
	readonly wheelDeltaY?: number;
};

/** One that is so long behind the last begins a gesture of its own, in milliseconds. */
const pauseMs = 180;
/** Without Chromium's word, steps of a notched wheel are at least so large, in pixels. */
const notch = 40;

/**
 * Tells a wheel, which zooms, from two fingers on a touchpad, which pan. It is decided when a gesture begins and stays so
 * until the fingers rest: a quick swipe has steps as large as a wheel's, a free-spinning wheel as small as a finger's.
 */
export function createWheelGesture(): (event: WheelSigns) => "zoom" | "pan" {
	let last: number | undefined;
	let kind: "zoom" | "pan" = "pan";
	return (event) => {
		const begins = last === undefined || event.timeStamp - last > pauseMs;
		last = event.timeStamp;
		// A pinch comes as a wheel with Ctrl; both keys ask for a zoom outright.
		if (event.ctrlKey || event.metaKey) return "zoom";
		if (begins) kind = isWheel(event) ? "zoom" : "pan";
		// A wheel never goes sideways.
		else if (event.deltaX !== 0) kind = "pan";
		return kind;
	};
}

function isWheel({ deltaX, deltaY, deltaMode, wheelDeltaY }: WheelSigns): boolean {
	if (deltaX !== 0) return false;
	if (deltaMode !== 0) return true;
	if (wheelDeltaY === undefined || wheelDeltaY === 0) return Math.abs(deltaY) >= notch;
	return Math.abs(wheelDeltaY + 3 * deltaY) > 0.5;
}
