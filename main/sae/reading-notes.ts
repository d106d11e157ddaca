import { describeDoubts } from "#shared/conventions";
import type { Dictionary } from "./dictionary.ts";

/** What people should know of how these dictionaries are read, each thing once, with the sites that it is true of. */
export function describeReading(dictionaries: readonly Dictionary[]): readonly string[] {
	const sites = new Map<string, string[]>();
	for (const { rule, siteName } of dictionaries)
		for (const doubt of describeDoubts(rule)) sites.set(doubt, [...(sites.get(doubt) ?? []), siteName]);
	return [...sites].map(([doubt, names]) => `${names.join(", ")}: ${doubt}.`);
}
