import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildEncoder, buildTokenizerJson, trainBytePairs } from "./bpe-training.ts";
import { loadCorpus } from "./corpus.ts";
import { cacheFolder, modelFolder, sampleFile } from "./paths.ts";
import { joinTokens, readTokens, writeTokens } from "./token-stream.ts";
import { referenceConfig } from "./train-model.ts";

export interface TrainingData {
	/** Documents behind one another, each begun by `<|endoftext|>`. */
	readonly train: Uint16Array;
	readonly heldOut: Uint16Array;
	/** Id of `<|endoftext|>`. */
	readonly bos: number;
}

const trainFile = join(cacheFolder, "train.u16");
const heldOutFile = join(cacheFolder, "held-out.u16");

/**
 * Makes the tokenizer, the held-out sample and both token streams, and writes what is shipped. The streams are kept:
 * a run that goes on needs the very tokens it began with, and packages installed since would change the corpus.
 */
export function prepareData(log: (line: string) => void): TrainingData {
	const bos = referenceConfig.vocabularySize - 1;
	if (existsSync(trainFile) && existsSync(heldOutFile)) {
		const kept = { train: readTokens(trainFile), heldOut: readTokens(heldOutFile), bos };
		log(`corpus kept from an earlier run: ${kept.train.length} tokens; held out ${kept.heldOut.length} tokens`);
		return kept;
	}
	const corpus = loadCorpus(join(cacheFolder, "../.."));
	const encoding = trainBytePairs(corpus.training, referenceConfig.vocabularySize);
	const encode = buildEncoder(encoding);
	mkdirSync(modelFolder, { recursive: true });
	writeFileSync(join(modelFolder, "tokenizer.json"), JSON.stringify(buildTokenizerJson(encoding)));
	writeFileSync(sampleFile, `${corpus.heldOut.join("\n\n")}\n`);
	const train = joinTokens(corpus.training.map(encode), bos);
	const heldOut = joinTokens(corpus.heldOut.map(encode), bos);
	writeTokens(trainFile, train);
	writeTokens(heldOutFile, heldOut);
	const bytes = corpus.training.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	log(
		`corpus ${corpus.training.length} documents, ${bytes} bytes, ${train.length} tokens` +
			` (${(bytes / train.length).toFixed(2)} bytes a token); held out ${heldOut.length} tokens`,
	);
	return { train, heldOut, bos };
}

if (import.meta.main) prepareData(console.log);
