import { type Strengths, strengthsOf } from "#shared/circuit-strengths";
import { AppError } from "#shared/errors";
import { measureStability } from "#shared/stability";
import type { Stability, ValidationRequest } from "#shared/validation";
import { traceGradient } from "./gradient.ts";
import type { ValidationRun } from "./validation-run.ts";

/**
 * Traces each prompt anew as the circuit was traced, and says how much of the circuit comes back. Prompts on which no feature
 * has an effect on the metric are left out. Pieces are kept as those of any trace.
 */
export async function measureRetraces(
	run: ValidationRun,
	{ choice, layers, reference }: NonNullable<ValidationRequest["stability"]>,
): Promise<Stability> {
	const { request, context, read } = run;
	const { modelDir, dictionaryDirs, conventions, bos, provider } = request;
	if (read.cases.length < 2)
		throw new AppError(
			"usage",
			"How stable a circuit is shows on several prompts, and there is one. Give similar ones with --prompts.",
		);
	const { patchPrompt: _, ...how } = choice;
	const traced: Strengths[] = [];
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
		}
		await run.step("Tracing prompts anew");
	}
	if (traced.length === 0)
		throw new AppError(
			"no-effect",
			"On none of these prompts does any feature have an effect on the metric. Choose others, or leave out how stable the circuit is.",
		);
	const maps: Strengths = { nodes: new Map(reference.nodes), edges: new Map(reference.edges) };
	return { ...measureStability(maps, traced, request.seed), skipped: read.cases.length - traced.length };
}
