/** Round numbers over an axis, first to last: steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export interface Ticks {
	readonly values: readonly number[];
	/** With as many digits behind the point as the step needs. */
	show(value: number): string;
}

/** Ticks that reach over `[least, most]`: the first is not above it and the last not below. */
export function coverWithTicks(least: number, most: number, wanted: number): Ticks {
	const step = roundStep((most - least || Math.abs(most) || 1) / wanted);
	const first = Math.floor(least / step + slack);
	return buildTicks(first, Math.max(first + 1, Math.ceil(most / step - slack)), step);
}

/** Ticks that lie within `[least, most]`. */
export function fillWithTicks(least: number, most: number, wanted: number): Ticks {
	const step = roundStep((most - least || Math.abs(most) || 1) / wanted);
	return buildTicks(Math.ceil(least / step - slack), Math.floor(most / step + slack), step);
}

/** A step's share by which rounding may miss a tick. */
const slack = 1e-6;

function buildTicks(first: number, last: number, step: number): Ticks {
	const digits = Math.max(0, -Math.floor(Math.log10(step) + slack));
	return {
		values: Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12))),
		show(value) {
			if (value === 0) return "0";
			const text = digits > 4 ? value.toExponential(0) : value.toLocaleString("en", { minimumFractionDigits: digits });
			return text.replace("-", "−");
		},
	};
}

/** The least of 1, 2, 5 and 10 times a power of ten that is not below `size`. */
function roundStep(size: number): number {
	const power = 10 ** Math.floor(Math.log10(size));
	return ([1, 2, 5, 10].find((factor) => factor * power >= size * (1 - slack)) ?? 10) * power;
}
