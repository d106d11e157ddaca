import { models } from "#shared/catalogue-rows";
import { type SiteKind, siteKinds } from "#shared/site";
import type { NeuronpediaNames } from "../../export/circuit-neuronpedia.ts";
import type { Store } from "../../store/store.ts";
import type { CircuitDescription } from "../circuit-description.ts";

/**
 * What Neuronpedia calls a circuit's model and dictionaries, as far as it is known. A graph has one set of sources: of the
 * sets that a circuit uses, the one at most sites. A residual stream counts as the layer before which it is read.
 */
export function findNeuronpediaNames(store: Store, { model, dictionaries }: CircuitDescription): NeuronpediaNames {
	const sets = new Map<
		string,
		{ readonly site: SiteKind; readonly layers: Map<number, number>; readonly scan: string }
	>();
	for (const [name, { hash }] of dictionaries) {
		const source = store.published.sourceOf(hash);
		const [, theirs, set] = /^(\d+)-(.+)$/.exec(source?.name ?? "") ?? [];
		const [, kind, layer] = /^([a-z\d]+?)_(-?\d+)/.exec(name) ?? [];
		const site = siteKinds.find((one) => one === kind);
		if (!source || set === undefined || site === undefined) continue;
		const known = sets.get(`${site} ${set}`) ?? { site, layers: new Map(), scan: source.model };
		known.layers.set(Number(layer), Number(theirs));
		sets.set(`${site} ${set}`, known);
	}
	const [best] = [...sets].sort(([, a], [, b]) => b.layers.size - a.layers.size);
	const listed = models.find(({ name, repo }) => name === model.name || repo === model.name)?.neuronpedia;
	if (!best) return { scan: listed ?? (model.name || "unknown") };
	const [key, { site, layers, scan }] = best;
	return {
		scan,
		main: { site, sourceSet: key.slice(key.indexOf(" ") + 1), layerOf: (layer) => layers.get(layer) ?? layer },
	};
}
