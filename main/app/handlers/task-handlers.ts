import type { ReportSummary } from "#shared/contract/results";
import { AppError } from "#shared/errors";
import type { Forecastable } from "../../circuits/forecast/forecast.ts";
import { measureThreshold, readCoFiring } from "../collected-features.ts";
import { forecastRun } from "../forecast-run.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<
	AppHandlers,
	| Extract<keyof AppHandlers, `tasks.${string}` | `reports.${string}` | `collections.${string}`>
	| "features.browse"
	| "features.inspect"
>;

const companions = 12;

/** Work beside traces, what came of it, and all features of a dictionary. */
export function buildTaskHandlers(service: Service): Part {
	const { tasks, browser } = service;
	const { store } = service.app;
	return {
		"tasks.start": async ({ task, circuit, asked }) => tasks.start(task, asked, circuit),
		"tasks.forecast": async ({ asked: { kind, request } }) => {
			if (kind === "fetchLabels" || kind === "importLabels")
				throw new AppError(
					"usage",
					"How long labels take is up to a server. Ask for forecasts of what is computed here.",
				);
			return await forecastRun(service.app, { kind, request } as Forecastable);
		},
		"tasks.list": async () => tasks.list(),
		"tasks.cancel": async ({ task }) => {
			tasks.cancel(task);
			return null;
		},
		"tasks.dismiss": async ({ task }) => {
			tasks.dismiss(task);
			return null;
		},
		"reports.list": async ({ kind, circuit }) =>
			store.reports
				.list(kind, circuit)
				.map(({ id, kind: found, request, body, at }): ReportSummary => ({ id, kind: found, request, body, at })),
		"reports.delete": async ({ report }) => {
			store.reports.delete(report);
			return null;
		},
		"collections.list": async () => store.collections.list(),
		"collections.delete": async ({ collection }) => {
			store.collections.delete(collection);
			service.tell("features", {});
			return null;
		},
		"features.browse": async (query) => browser.browse(query),
		"features.inspect": async ({ feature, percentile, ...where }) => {
			const facts = browser.facts(where, feature);
			if (!facts)
				throw new AppError("not-found", "Nothing is known of this feature yet. Gather activations over a corpus.", {
					feature,
				});
			const hash = browser.hashOf(where);
			return {
				facts,
				published: browser.published(where, feature),
				threshold: measureThreshold(store, hash, feature, percentile) ?? null,
				coFiring: readCoFiring(store, hash, feature, companions),
			};
		},
	};
}
