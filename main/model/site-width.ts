import type { Site } from "#shared/site";
import type { Gpt2Config } from "./gpt2-config.ts";

/** Numbers that a site holds at each position. */
export function measureSite({ kind, head }: Site, { width, innerWidth, heads }: Gpt2Config): number {
	if (kind === "post") return innerWidth;
	return head === undefined ? width : width / heads;
}
