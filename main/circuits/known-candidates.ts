import type { Candidates } from "#shared/known-agreement";
import { parseNodeId } from "#shared/node-id";
import { siteName } from "#shared/site";
import type { Dictionary } from "../sae/dictionary.ts";
import { findDirect } from "./direct-paths.ts";

/**
 * All that could have been in a circuit: every feature of its dictionaries, every pair of features that a path without
 * another dictionary joins, and every feature with the logits where such a path leads there.
 */
export function listCandidates(
	dictionaries: readonly Pick<Dictionary, "site" | "siteName" | "dSae">[],
	layers: number,
): Candidates {
	const sites = dictionaries.map(({ site }) => site);
	const bySite = new Map(dictionaries.map((one) => [one.siteName, one]));
	const sizeOf = new Map(dictionaries.map(({ site, dSae }) => [site, dSae]));
	const direct = new Map(dictionaries.map((one) => [one.siteName, findDirect(one.site, sites, layers)]));
	const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
	const find = (id: string) => {
		const ref = parseNodeId(id);
		const one = ref.kind === "feature" ? bySite.get(siteName(ref.site)) : undefined;
		return ref.kind === "feature" && one && ref.feature < one.dSae ? one : undefined;
	};
	return {
		nodes: { count: sum(dictionaries.map(({ dSae }) => dSae)), has: (id) => find(id) !== undefined },
		edges: {
			count: sum(
				dictionaries.map(({ siteName: name, dSae }) => {
					const reached = direct.get(name);
					return (
						dSae * (sum([...(reached?.sites ?? [])].map((site) => sizeOf.get(site) ?? 0)) + Number(reached?.logits))
					);
				}),
			),
			has: (key) => {
				const [source = "", target = ""] = key.split(" ");
				const [from, to] = [find(source), target === "logits" ? undefined : find(target)];
				const reached = from && direct.get(from.siteName);
				return target === "logits"
					? reached?.logits === true
					: to !== undefined && reached?.sites.has(to.site) === true;
			},
		},
	};
}
