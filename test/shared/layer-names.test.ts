import { expect, test } from "vitest";
import { listLayers, nameLayers } from "#shared/layer-names";

test.each([
	[[3], "layer 3"],
	[[11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "layers 0–11"],
	[[9, 10, 9], "layers 9–10"],
	[[2, 4, 6], "layers 2, 4, 6"],
	[[-1], "layer emb"],
	[[-1, 0, 1], "layers emb–1"],
])("%j are %s", (layers, name) => {
	expect(nameLayers(layers)).toBe(name);
	expect(name.endsWith(listLayers(layers))).toBe(true);
});
