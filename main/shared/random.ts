/** Random numbers that are the same on every machine: sfc32 (Chris Doty-Humphrey), uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
	let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
	const next = () => {
		const t = (((a + b) | 0) + d) | 0;
		d = (d + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (c << 21) | (c >>> 11);
		c = (c + t) | 0;
		return (t >>> 0) / 2 ** 32;
	};
	for (let i = 0; i < 16; i++) next();
	return next;
}

/** Standard normal numbers (Box & Muller 1958). */
export function fillNormal(data: Float32Array, deviation: number, random: () => number): Float32Array {
	for (let i = 0; i < data.length; i++)
		data[i] = deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
	return data;
}

/** A random order of the items (Fisher & Yates). */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
	const shuffled = [...items];
	for (let i = shuffled.length - 1; i > 0; i--) {
		const j = Math.floor(random() * (i + 1));
		[shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
	}
	return shuffled;
}
