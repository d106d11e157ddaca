const show = (layer: number) => (layer < 0 ? "emb" : String(layer));

/** `0–11`, or the layers one by one where some between are missing. */
export function listLayers(layers: Iterable<number>): string {
	const sorted = [...new Set(layers)].sort((a, b) => a - b);
	const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
	if (sorted.length > 1 && last - first === sorted.length - 1) return `${show(first)}–${show(last)}`;
	return sorted.map(show).join(", ");
}

/** The same with its noun. */
export function nameLayers(layers: Iterable<number>): string {
	const each = new Set(layers);
	return `${each.size > 1 ? "layers" : "layer"} ${listLayers(each)}`;
}
