import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildEncoder, buildTokenizerJson, trainBytePairs } from "./bpe-training.ts";
import { loadCorpus } from "./corpus.ts";
import { cacheFolder, modelFolder, sampleFile } from "./paths.ts";
import { referenceConfig } from "./train-model.ts";

export interface TrainingData {
	/** Documents behind one another, each begun by `<|endoftext|>`. */
	readonly train: Uint16Array;
	readonly heldOut: Uint16Array;
	/** Id of `<|endoftext|>`. */
	readonly bos: number;
}

/** Makes the tokenizer, the held-out sample and both token streams, and writes what is shipped. */
export function prepareData(log: (line: string) => void): TrainingData {
	const corpus = loadCorpus(join(cacheFolder, "../.."));
	const encoding = trainBytePairs(corpus.training, referenceConfig.vocabularySize);
	const encode = buildEncoder(encoding);
	const bos = encoding.vocabulary.length - 1;
	const join16 = (texts: readonly string[]) => {
		const tokens: number[] = [];
		for (const text of texts) {
			tokens.push(bos);
			for (const id of encode(text)) tokens.push(id);
		}
		return Uint16Array.from(tokens);
	};
	mkdirSync(modelFolder, { recursive: true });
	writeFileSync(join(modelFolder, "tokenizer.json"), JSON.stringify(buildTokenizerJson(encoding)));
	writeFileSync(sampleFile, `${corpus.heldOut.join("\n\n")}\n`);
	const [train, heldOut] = [join16(corpus.training), join16(corpus.heldOut)];
	const bytes = corpus.training.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	log(
		`corpus ${corpus.training.length} documents, ${bytes} bytes, ${train.length} tokens` +
			` (${(bytes / train.length).toFixed(2)} bytes a token); held out ${heldOut.length} tokens`,
	);
	return { train, heldOut, bos };
}
