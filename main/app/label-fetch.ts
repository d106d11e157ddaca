import { AppError } from "#shared/errors";
import type { LabelFetchSummary } from "#shared/labels";
import { type PublishedSource, sourceId } from "#shared/published";
import type { Progress } from "#shared/trace";
import type { Neuronpedia } from "../hub/neuronpedia.ts";
import type { Store } from "../store/store.ts";

export interface WantedLabels {
	readonly source: PublishedSource;
	readonly features: readonly number[];
}

export interface LabelFetchOptions {
	readonly neuronpedia: Pick<Neuronpedia, "ask">;
	/** Asks also for what was asked before. */
	readonly refresh: boolean;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
	/** Something new is stored. */
	stored?(source: PublishedSource, features: readonly number[]): void;
}

const featuresAtOnce = 25;
const requestsAtOnce = 2;

/**
 * Asks Neuronpedia for features, some at a time and two requests at most under way; every answer is stored, also that
 * nothing is known. What was asked before is not asked again. Throws where nothing at all could be had; later trouble is a note.
 */
export async function fetchLabels(
	store: Store,
	wanted: readonly WantedLabels[],
	{ neuronpedia, refresh, signal, progress, stored }: LabelFetchOptions,
): Promise<LabelFetchSummary> {
	const unique = [...Map.groupBy(wanted, ({ source }) => sourceId(source)).values()].map((group) => ({
		source: (group[0] as WantedLabels).source,
		features: [...new Set(group.flatMap(({ features }) => features))],
	}));
	const total = unique.reduce((sum, { features }) => sum + features.length, 0);
	const batches = unique.flatMap(({ source, features }) => {
		const missing = refresh ? features : store.published.listUnasked(source, features);
		return Array.from({ length: Math.ceil(missing.length / featuresAtOnce) }, (_, i) => ({
			source,
			features: missing.slice(i * featuresAtOnce, (i + 1) * featuresAtOnce),
		}));
	});
	const missing = batches.reduce((sum, { features }) => sum + features.length, 0);
	let [asked, found] = [0, 0];
	let failure: unknown;
	const queue = [...batches];
	const work = async () => {
		for (let batch = queue.shift(); batch && failure === undefined; batch = queue.shift()) {
			const { source, features } = batch;
			try {
				const answer = await neuronpedia.ask(source, features, signal);
				store.published.saveAnswers(source, features, answer);
				asked += features.length;
				found += answer.length;
				stored?.(source, features);
				progress({ step: `Neuronpedia: ${sourceId(source)}`, done: asked, total: missing });
			} catch (error) {
				failure ??= error;
			}
		}
	};
	await Promise.all(Array.from({ length: requestsAtOnce }, work));
	if (failure !== undefined && (asked === 0 || !(failure instanceof AppError) || failure.code === "cancelled"))
		throw failure;
	return {
		asked,
		found,
		known: total - missing,
		notes:
			failure instanceof AppError ? [`${missing - asked} features are still to be asked for. ${failure.message}`] : [],
	};
}
