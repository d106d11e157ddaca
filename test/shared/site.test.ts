import { expect, test } from "vitest";
import { laneOf, nodeStyle } from "#shared/drawing/node-style";
import { formatNodeId, parseNodeId } from "#shared/node-id";
import { compareSites, isInStream, readSite, type Site, siteName } from "#shared/site";

/** One layer of GPT-2 as it is computed, with what comes before and behind. */
const order: readonly Site[] = [
	{ kind: "embed", layer: -1 },
	{ kind: "resid", layer: -1 },
	{ kind: "ln1", layer: 0 },
	{ kind: "z", layer: 0, head: 0 },
	{ kind: "z", layer: 0, head: 11 },
	{ kind: "z", layer: 0 },
	{ kind: "attn", layer: 0 },
	{ kind: "mid", layer: 0 },
	{ kind: "mlpin", layer: 0 },
	{ kind: "ln2", layer: 0 },
	{ kind: "post", layer: 0 },
	{ kind: "mlp", layer: 0 },
	{ kind: "resid", layer: 0 },
	{ kind: "lnf", layer: 0 },
];

test("sites follow one another as they are computed, and so do their lanes", () => {
	expect([...order].reverse().sort(compareSites)).toEqual(order);
	const ranks = order.map((site) => laneOf({ kind: "feature", site: site.kind, layer: site.layer }).rank);
	expect(ranks.toSorted((a, b) => a - b)).toEqual(ranks);
	const names = order.map((site) => laneOf({ kind: "feature", site: site.kind, layer: site.layer }).name);
	expect(new Set(names).size).toBe(order.length - 2);
	expect([names[0], names[1], names[2], names.at(-1)]).toEqual([
		"token embedding",
		"embedding",
		"attn norm 0",
		"final norm",
	]);
});

test("ids of features and errors name every site, and are read back", () => {
	for (const site of order)
		for (const position of [undefined, 7]) {
			const at = position === undefined ? {} : { position };
			const feature = { kind: "feature", site, feature: 17, ...at } as const;
			expect(parseNodeId(formatNodeId(feature))).toEqual(feature);
			const error = { kind: "error", site, ...at } as const;
			expect(parseNodeId(formatNodeId(error))).toEqual(error);
		}
	expect(formatNodeId({ kind: "feature", site: { kind: "z", layer: 1, head: 2 }, feature: 17 })).toBe("z_1h2.17");
	expect(formatNodeId({ kind: "error", site: { kind: "z", layer: 1, head: 2 }, position: 3 })).toBe("z_error_1h2@3");
	expect(siteName({ kind: "lnf", layer: 11 })).toBe("lnf_11");
});

test("colours go by what a site belongs to", () => {
	const styles = order.map(({ kind }) => nodeStyle({ kind: "feature", site: kind }));
	expect(styles).toEqual([
		...["resid", "resid", "resid", "attn", "attn", "attn", "attn"],
		...["resid", "resid", "resid", "mlp", "mlp", "resid", "resid"],
	]);
});

test("only what is in the stream can be centred", () => {
	const kinds = new Set(order.filter(isInStream).map(({ kind }) => kind));
	expect([...kinds]).toEqual(["embed", "resid", "attn", "mid", "mlpin", "mlp"]);
});

test("a site is read from its name within a model's layers", () => {
	expect(readSite("post_2", 4)).toEqual({ kind: "post", layer: 2 });
	expect(readSite("resid_-1", 4)).toEqual({ kind: "resid", layer: -1 });
	expect(readSite("lnf_3", 4)).toEqual({ kind: "lnf", layer: 3 });
	for (const name of ["lnf_2", "embed_0", "ln1_-1", "mlp_4", "z_1h2", "foo_1", "resid"])
		expect(() => readSite(name, 4)).toThrow(/is no site of this model/);
});
