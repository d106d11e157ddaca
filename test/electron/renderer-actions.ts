import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Ids of the page's actions, read from their source: the page's modules need a page to be loaded. */
const folder = join(import.meta.dirname, "../../renderer/actions");
export const actions = readdirSync(folder)
	.filter((file) => file.endsWith("-actions.ts"))
	.flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(/\bid: "([a-z-]+)"/g)])
	.map(([, id]) => id ?? "");
