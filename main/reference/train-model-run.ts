import { join } from "node:path";
import { startState, TrainingSession, type TrainingState } from "../onnx/training-session.ts";
import { loadCheckpoint, saveCheckpoint } from "../sae/checkpoint.ts";
import { cacheFolder } from "./paths.ts";
import type { TrainingData } from "./prepare-data.ts";
import {
	buildBatch,
	buildModelLoss,
	drawStarts,
	measureLoss,
	referenceConfig,
	startParameters,
} from "./train-model.ts";

const seed = 20261123;
export const modelBatch = 16;
export const modelSteps = 15_000;
const peakRate = 2e-3;
const warmupSteps = 300;

/** Linear warm-up, then a cosine down to a tenth (Loshchilov & Hutter 2017). */
function rateAt(step: number): number {
	if (step < warmupSteps) return (peakRate * (step + 1)) / warmupSteps;
	const progress = (step - warmupSteps) / (modelSteps - warmupSteps);
	return peakRate * (0.1 + 0.45 * (1 + Math.cos(Math.PI * progress)));
}

/** Trains the bundled model from its checkpoint or from nothing. */
export async function runModelTraining(
	{ train, heldOut, bos }: TrainingData,
	log: (line: string) => void,
): Promise<TrainingState> {
	const checkpoint = join(cacheFolder, "model.checkpoint");
	let state = loadCheckpoint<TrainingState>(checkpoint) ?? startState(startParameters(seed));
	const session = await TrainingSession.load(
		state.parameters,
		{ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0.1, clipNorm: 1 },
		(parameter) => buildModelLoss(parameter, modelBatch),
	);
	const tokensPerStep = modelBatch * referenceConfig.contextLength;
	let [sum, count, began] = [0, 0, performance.now()];
	while (state.step < modelSteps) {
		const feeds = buildBatch(train, drawStarts(train, modelBatch, seed, state.step), bos);
		const { state: next, results } = await session.run(state, rateAt(state.step), feeds);
		state = next;
		sum += results["loss"]?.data[0] as number;
		count++;
		if (state.step % 250 === 0) {
			const seconds = (performance.now() - began) / 1000;
			const heldOutLoss = state.step % 2500 === 0 ? await measureLoss(state.parameters, heldOut, bos) : undefined;
			log(
				`model step ${state.step} tokens ${state.step * tokensPerStep} loss ${(sum / count).toFixed(4)}` +
					`${heldOutLoss === undefined ? "" : ` held-out ${heldOutLoss.toFixed(4)}`}` +
					` tokens/s ${Math.round((count * tokensPerStep) / seconds)}`,
			);
			saveCheckpoint(checkpoint, state);
			[sum, count, began] = [0, 0, performance.now()];
		}
	}
	await session.dispose();
	return state;
}
