import { appendFileSync, mkdirSync } from "node:fs";
import { referenceFolder, trainingLog } from "./paths.ts";
import { prepareData } from "./prepare-data.ts";
import { runModelTraining } from "./train-model-run.ts";

/** `npm run train-reference`: corpus → tokenizer → model → dictionaries → facts, each from a seed, resumable. */
mkdirSync(referenceFolder, { recursive: true });
const log = (line: string) => {
	console.log(line);
	appendFileSync(trainingLog, `${line}\n`);
};
const data = prepareData(log);
await runModelTraining(data, log);
