import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, referenceFolder, trainingLog } from "./paths.ts";
import { runModelTraining } from "./train-model-run.ts";

/** `npm run train-reference`: corpus → tokenizer → model → dictionaries → facts, each from a seed, resumable. */
mkdirSync(referenceFolder, { recursive: true });
const log = (line: string) => {
	console.log(line);
	appendFileSync(trainingLog, `${line}\n`);
};
const readTokens = (name: string) => {
	const bytes = readFileSync(join(cacheFolder, name));
	return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
const train = readTokens("train.u16");
const heldOut = readTokens("held-out.u16");
await runModelTraining(train, heldOut, 2047, log);
