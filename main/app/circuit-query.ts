import { parseNodeId, withoutPosition } from "#shared/node-id";
import type { SiteName } from "#shared/site";
import { siteName } from "#shared/site";
import type { RunRecord } from "../store/runs.ts";
import type { App } from "./app.ts";
import type { FeatureQuery } from "./feature-lookup.ts";

/** What to look features of a circuit up by; undefined where no run names its model. */
export function queryOfCircuit(
	{ store }: Pick<App, "store">,
	name: string,
	features: FeatureQuery["features"],
): FeatureQuery | undefined {
	const run = store.lastRunOf(name);
	if (!run) return undefined;
	const { modelDir, dictionaryDirs, conventions } = JSON.parse(run.request) as RunRecord["request"];
	return {
		modelDir,
		dictionaryDirs,
		conventions,
		dictionaries: store.dictionariesOf(name),
		features,
		carried: store.carriedBy(name),
	};
}

/** Every feature that a circuit holds, once. */
export function listCircuitFeatures({ store }: Pick<App, "store">, name: string): FeatureQuery["features"] {
	const seen = new Map<string, { readonly site: SiteName; readonly feature: number }>();
	for (const { id } of store.loadCircuit(name).nodes) {
		const ref = parseNodeId(id);
		if (ref.kind === "feature") seen.set(withoutPosition(id), { site: siteName(ref.site), feature: ref.feature });
	}
	return [...seen.values()];
}
