import { type Strengths, strengthsOf } from "#shared/circuit-strengths";
import { AppError } from "#shared/errors";
import { measureStability } from "#shared/stability";
import type { Stability, ValidationRequest } from "#shared/validation";
import { traceGradient } from "./gradient.ts";
import type { ValidationRun } from "./validation-run.ts";

/**
 * Traces each prompt anew as the circuit was traced, and says how much of the circuit comes back. On prompts on
 * which no feature has an effect on the metric nothing comes back. Pieces are kept as those of any trace. Undefined where
 * that is so on all of them.
 */
export async function measureRetraces(
	run: ValidationRun,
	{ choice, layers, reference }: NonNullable<ValidationRequest["stability"]>,
): Promise<Stability | undefined> {
	const { request, context, read } = run;
	const { modelDir, dictionaryDirs, conventions, bos, provider } = request;
	const { patchPrompt: _, ...how } = choice;
	const traced: (Strengths | undefined)[] = [];
	for (const { prompt, patch, metric = choice.metric } of read.cases) {
		try {
			const circuit = await traceGradient(
				{
					...{ method: "gradient", modelDir, dictionaryDirs, provider, ...how, prompt, metric, allNodes: false },
					...(conventions && { conventions }),
					...(bos && { bos }),
					...(layers !== undefined && { layers }),
					...(patch !== undefined && { patchPrompt: patch }),
				},
				{ ...context, progress: () => {} },
			);
			traced.push(strengthsOf(circuit));
		} catch (error) {
			if (!(error instanceof AppError && error.code === "no-effect")) throw error;
			traced.push(undefined);
		}
		await run.step("Tracing prompts anew");
	}
	if (traced.every((one) => one === undefined)) return undefined;
	const maps: Strengths = { nodes: new Map(reference.nodes), edges: new Map(reference.edges) };
	return measureStability(maps, traced, request.seed);
}
