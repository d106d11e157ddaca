import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Ids of the page's actions, read from its source: the page's modules need a page to be loaded. */
const source = readFileSync(join(import.meta.dirname, "../../renderer/actions/actions.ts"), "utf8");
export const actions = [...source.matchAll(/\bid: "([a-z-]+)"/g)].map(([, id]) => id ?? "");
