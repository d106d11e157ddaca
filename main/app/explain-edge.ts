import type { EdgeExplanation } from "#shared/edge-explanation";
import { AppError } from "#shared/errors";
import { type GradientRequest, type RunRequest, tracedBy } from "#shared/trace-request";
import type { App } from "./app.ts";

interface StoredEdge {
	readonly source: string;
	readonly target: string;
	readonly measure: boolean;
}

/** Asks the engine about an edge on the newest run of gradients that found it. Throws `not-found` where none did. */
export async function explainStoredEdge(
	{ store, engine }: Pick<App, "store" | "engine">,
	name: string,
	{ source, target, measure }: StoredEdge,
	signal: AbortSignal,
): Promise<EdgeExplanation> {
	const found = store.circuits.foundBy(name, source, target);
	const requests = found.flatMap(({ run }) => store.runs.load(run)?.request ?? []);
	const request = requests.findLast(isGradient);
	if (!request) throw refuse(name, source, target, requests);
	const { modelDir, dictionaryDirs, conventions, layers, bos, prompt, patchPrompt, metric, provider } = request;
	const { choice, errors, lastPositionOnly } = request;
	return await engine.call(
		"explainEdge",
		{
			...{ modelDir, dictionaryDirs, prompt, metric, provider, choice, lastPositionOnly, source, target, measure },
			...(errors && { errors }),
			...(conventions && { conventions }),
			...(layers !== undefined && { layers }),
			...(bos && { bos }),
			...(patchPrompt !== undefined && { patchPrompt }),
		},
		{ signal },
	);
}

const isGradient = (request: RunRequest): request is GradientRequest => tracedBy(request)?.method === "gradient";

function refuse(name: string, source: string, target: string, requests: readonly RunRequest[]): AppError {
	const data = { source, target };
	if (requests.length === 0)
		return new AppError(
			"not-found",
			`No run of "${name}" measured an edge from ${source} to ${target}. scd circuits show ${name} --json lists its edges.`,
			data,
		);
	const why = others[requests.at(-1)?.method as keyof typeof others];
	return new AppError("unsupported", `This edge ${why}. What carries one is known of gradient traces alone.`, data);
}

const others = {
	imported: "was read from another program's file",
	ablation: "is what ablating its source did: it is measured already",
	jacobian: "is a derivative between two features, whatever lies between them",
	consensus: "is a mean over several prompts. Trace one of them, and ask there",
} as const satisfies Readonly<Record<Exclude<RunRequest["method"], "gradient">, string>>;
