import { describe, expect, test } from "vitest";
import { readSite, type Site, siteName } from "#shared/site";
import { findDirect } from "../../main/circuits/direct-paths.ts";

const head = (layer: number, at: number): Site => ({ kind: "z", layer, head: at });
const reach = (from: Site, sites: readonly Site[]) => {
	const { sites: found, logits } = findDirect(from, sites, 2);
	return [...[...found].map(siteName), ...(logits ? ["logits"] : [])].sort();
};
const list = (...names: string[]) => names.map((name) => readSite(name, 2));

describe("what a direct path joins", () => {
	test("what is added to the stream goes on beside what later layers add", () => {
		const sites = list("attn_0", "mlp_0", "attn_1", "mlp_1");
		expect(reach(sites[0] as Site, sites)).toEqual(["attn_1", "logits", "mlp_0", "mlp_1"]);
		expect(reach(sites[3] as Site, sites)).toEqual(["logits"]);
	});

	test("the stream itself lets nothing past", () => {
		const sites = list("attn_0", "mid_0", "mlp_0", "resid_0", "mlp_1");
		expect(reach(sites[0] as Site, sites)).toEqual(["mid_0"]);
		expect(reach(sites[1] as Site, sites)).toEqual(["mlp_0", "resid_0"]);
		expect(reach(sites[3] as Site, sites)).toEqual(["logits", "mlp_1"]);
	});

	test("a branch is left by its end alone; one head leaves the others as a way", () => {
		const sites = list("embed_-1", "ln2_0", "post_0", "mlp_0", "lnf_1");
		expect(reach(sites[0] as Site, sites)).toEqual(["ln2_0", "lnf_1"]);
		expect(reach(sites[1] as Site, sites)).toEqual(["post_0"]);
		expect(reach(sites[3] as Site, sites)).toEqual(["lnf_1"]);
		const heads = [...list("ln1_0", "attn_0"), head(0, 0), head(0, 1)];
		expect(reach(heads[0] as Site, heads)).toEqual(["attn_0", "z_0h0", "z_0h1"]);
		expect(reach(heads[2] as Site, heads)).toEqual(["attn_0"]);
	});
});
