import type { Circuit } from "#shared/circuit";
import type { RunDescription } from "#shared/contract/results";
import { explainedBy, isPaired } from "#shared/trace-request";
import { modelOf } from "./circuit-description.ts";
import type { Service } from "./service.ts";

/** The run that described a circuit last, and how many there were. */
export function describeRuns(
	service: Service,
	name: string,
	nodes: Circuit["nodes"],
): { readonly run: RunDescription | null; readonly runs: number } {
	const { store } = service.app;
	const last = store.circuits.lastRun(name);
	return { run: last ? describeRun(service, name, last.id, nodes) : null, runs: store.circuits.runsOf(name).length };
}

function describeRun(service: Service, name: string, id: number, nodes: Circuit["nodes"]): RunDescription | null {
	const run = service.app.store.runs.load(id);
	if (!run) return null;
	const logits = nodes.flatMap(({ kind, feature }) => (kind === "logit" && feature !== undefined ? [feature] : []));
	return {
		id,
		request: run.request,
		prompt: run.prompt ?? "",
		modelName: run.modelName ?? "",
		modelHash: run.modelHash,
		metricName: run.metricName ?? "",
		metric: run.metric ?? 0,
		paired: isPaired(run.request),
		explained: explainedBy(run),
		seconds: run.seconds ?? 0,
		provider: run.provider ?? "",
		providerFallback: run.fallback,
		startedAt: run.startedAt,
		tokens: run.tokens,
		tokenIds: run.tokenIds,
		dictionaries: run.dictionaries,
		logitTokens: { ...carriedTokens(service, name), ...readTokens(service, modelOf(run.request).modelDir, logits) },
	};
}

/** The model may have been moved since; numbers then stand for themselves. */
function readTokens(service: Service, modelDir: string, ids: readonly number[]): Readonly<Record<string, string>> {
	try {
		const tokenizer = service.tokenizers.load(modelDir);
		return Object.fromEntries(ids.map((id) => [id, tokenizer.tokenText(id)]));
	} catch {
		return {};
	}
}

/** Of a circuit from another machine, whose model is not here. */
function carriedTokens({ app }: Service, name: string): Readonly<Record<string, string>> {
	return Object.fromEntries(
		[...app.store.circuits.carried(name)].flatMap(([id, { token }]) =>
			token !== undefined && id.startsWith("logit.") ? [[id.slice("logit.".length), token]] : [],
		),
	);
}
