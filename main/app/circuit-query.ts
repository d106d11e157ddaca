import { listFeatureRefs } from "#shared/node-id";
import type { App } from "./app.ts";
import { modelOf } from "./circuit-description.ts";
import type { WantedFeatures } from "./wanted-features.ts";

/** What to look features of a circuit up by; undefined where no run names its model. */
export function queryOfCircuit(
	{ store }: Pick<App, "store">,
	name: string,
	features: WantedFeatures["features"],
): WantedFeatures | undefined {
	const run = store.circuits.lastRun(name);
	if (!run) return undefined;
	const { modelDir, dictionaryDirs, conventions } = modelOf(run.request);
	return {
		modelDir,
		dictionaryDirs,
		conventions,
		dictionaries: store.circuits.dictionaries(name),
		features,
		carried: store.circuits.carried(name),
	};
}

/** Every feature that a circuit holds, once. */
export function listCircuitFeatures({ store }: Pick<App, "store">, name: string): WantedFeatures["features"] {
	return listFeatureRefs(store.circuits.loadNodes(name).map(({ id }) => id));
}
