import { listFeatureRefs } from "#shared/node-id";
import { modelOf } from "../circuit-description.ts";
import { listCircuitFeatures, queryOfCircuit } from "../circuit-query.ts";
import { lookUpPhrases } from "../feature-lookup.ts";
import { findSources, lookUpPublished } from "../label-lookup.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<
	AppHandlers,
	| "features.labels"
	| "features.phrases"
	| "features.shown"
	| "labels.list"
	| "neuronpedia.status"
	| "neuronpedia.setKey"
	| "neuronpedia.forgetKey"
>;

/** What others publish of features, and what is gathered in the background. */
export function buildLabelHandlers(service: Service): Part {
	const { app } = service;
	return {
		"features.labels": async ({ name }) => {
			const query = queryOfCircuit(app, name, listCircuitFeatures(app, name));
			return query ? Object.fromEntries(lookUpPublished(app, query)) : {};
		},
		"features.phrases": async ({ name }) => {
			const query = queryOfCircuit(app, name, listCircuitFeatures(app, name));
			return query ? Object.fromEntries(lookUpPhrases(app, query)) : {};
		},
		"features.shown": async ({ name, features }) => {
			const wanted = listFeatureRefs(features);
			const query = queryOfCircuit(app, name, wanted);
			if (!query) return null;
			const { bos } = modelOf(app.store.circuits.lastRun(name)?.request);
			service.contexts.show({ ...query, ...(bos && { bos }) });
			const bySite = Map.groupBy(wanted, ({ site }) => site);
			service.labels.show(
				[...findSources(app, query, bySite.keys())].map(([site, source]) => ({
					source,
					features: bySite.get(site)?.map(({ feature }) => feature) ?? [],
				})),
			);
			return null;
		},
		"labels.list": async () => app.store.published.list(),
		"neuronpedia.status": async () => app.neuronpedia.status(),
		"neuronpedia.setKey": async ({ key }) => {
			app.neuronpedia.setKey(key);
			service.labels.forgetTrouble();
			return app.neuronpedia.status();
		},
		"neuronpedia.forgetKey": async () => {
			app.neuronpedia.forgetKey();
			return app.neuronpedia.status();
		},
	};
}
