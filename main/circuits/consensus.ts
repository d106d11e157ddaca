import { buildConsensusCircuit, joinCircuits } from "#shared/consensus";
import { AppError } from "#shared/errors";
import { scoreCircuit } from "#shared/scores";
import type { ErrorSums, TraceResult } from "#shared/trace";
import type { ConsensusRequest } from "#shared/trace-request";
import { type TraceContext, traceGradient } from "./gradient.ts";

/**
 * Traces every prompt and joins the circuits by feature: how often each node and edge comes back, its mean and spread. A
 * prompt that cannot be traced is left out and named. Pieces of prompts that were traced before are used again.
 */
export async function traceConsensus(request: ConsensusRequest, context: TraceContext): Promise<TraceResult> {
	const began = performance.now();
	const { morePrompts, atLeast, ...single } = request;
	const prompts = [...new Set([request.prompt, ...morePrompts])];
	if (prompts.length < 2)
		throw new AppError("usage", "A consensus needs two prompts or more. Give a file with several.");
	const traced: { prompt: string; circuit: TraceResult }[] = [];
	const skipped: { path: string; reason: string }[] = [];
	let [reused, pieces] = [0, 0];
	const tell = tellSoFar(prompts.length, atLeast, context);
	for (const [i, prompt] of prompts.entries()) {
		try {
			const circuit = await traceGradient(
				{ ...single, method: "gradient", prompt },
				{
					...context,
					progress: ({ step, done, total }) =>
						context.progress({
							step: `Prompt ${i + 1} of ${prompts.length}: ${step}`,
							done: i + done / Math.max(1, total),
							total: prompts.length,
						}),
				},
			);
			traced.push({ prompt, circuit });
			reused += circuit.reused;
			pieces += circuit.pieces;
			tell(traced, i + 1);
		} catch (error) {
			if (!(error instanceof AppError) || (error.code !== "bad-prompt" && error.code !== "no-effect")) throw error;
			skipped.push({ path: prompt, reason: error.message });
		}
	}
	const [first] = traced;
	if (!first || traced.length < 2)
		throw new AppError(
			"bad-prompt",
			`Only ${traced.length} of ${prompts.length} prompts could be traced, and a consensus needs two. ${skipped[0]?.reason ?? ""}`,
		);
	const joined = joinCircuits(traced);
	const circuit = buildConsensusCircuit(joined, traced, atLeast);
	if (circuit.nodes.length === 0)
		throw new AppError(
			"no-effect",
			`Nothing comes back in ${atLeast} prompts; the most that anything does is ${joined.nodes[0]?.count ?? 0}. Ask for fewer.`,
		);
	const { replacement, completeness } = scoreCircuit({ ...circuit, metricName: first.circuit.metric.name });
	const metric = traced.reduce((sum, one) => sum + one.circuit.metric.value, 0) / traced.length;
	return {
		...first.circuit,
		...circuit,
		skipped: [...first.circuit.skipped, ...skipped],
		metric: { name: first.circuit.metric.name, value: metric },
		explained: null,
		scores: { replacement, completeness },
		errors: addErrors(traced.map(({ circuit: { errors } }) => errors)),
		consensus: joined,
		seconds: (performance.now() - began) / 1000,
		reused,
		pieces,
	};
}

/** Joining may take so many times as long as has passed since it was last done. */
const shareForTelling = 0.05;

/** Shows what has come back so far: of the prompts that are done, in as large a share of them as is asked of all. */
function tellSoFar(all: number, atLeast: number, context: TraceContext) {
	let [last, took] = [Number.NEGATIVE_INFINITY, 0];
	return (traced: readonly { readonly prompt: string; readonly circuit: TraceResult }[], done: number) => {
		const began = performance.now();
		if (done === all || took > shareForTelling * (began - last)) return;
		const least = Math.max(1, Math.ceil((atLeast * traced.length) / all));
		const partial = buildConsensusCircuit(joinCircuits(traced), traced, least);
		const step = `${done} of ${all} prompts are traced`;
		context.progress({ step, done, total: all, partial, replaces: true });
		last = performance.now();
		took = last - began;
	};
}

function addErrors(all: readonly (ErrorSums | undefined)[]): ErrorSums {
	const sum = (numberOf: (errors: ErrorSums) => number) =>
		all.reduce((total, one) => total + (one ? numberOf(one) : 0), 0);
	return {
		choice: all[0]?.choice ?? "all",
		alone: sum(({ alone }) => alone),
		joined: sum(({ joined }) => joined),
		nodes: sum(({ nodes }) => nodes),
		activation: sum(({ activation }) => activation),
		attribution: sum(({ attribution }) => attribution),
	};
}
