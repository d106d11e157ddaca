import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DictionaryQuality } from "#shared/training";
import { measureDictionary } from "../circuits/dictionary-quality.ts";
import { loadLanguageModel } from "../model/language-model.ts";
import { discoverDictionaries } from "../sae/discovery.ts";
import { loadCorpus } from "./corpus.ts";
import { buildKneserNey, measureCrossEntropy } from "./kneser-ney.ts";
import { buildModelCard } from "./model-card.ts";
import { cacheFolder, dictionariesFolder, modelFolder, referenceFolder, sampleFile, trainingLog } from "./paths.ts";
import { prepareData } from "./prepare-data.ts";
import { saveReferenceFacts } from "./reference-facts.ts";
import { saveModel } from "./save-model.ts";
import { cutWindows } from "./token-stream.ts";
import { trainDictionaries } from "./train-dictionaries.ts";
import { measureLoss, referenceConfig } from "./train-model.ts";
import { runModelTraining } from "./train-model-run.ts";

/** `npm run train-reference`: corpus → tokenizer → model → dictionaries → facts, each from a seed, each resumable. */
mkdirSync(referenceFolder, { recursive: true });
const log = (line: string) => {
	console.log(line);
	appendFileSync(trainingLog, `${line}\n`);
};
const data = prepareData(log);
const { parameters } = await runModelTraining(data, log);
saveModel(parameters, data.bos);

// Both predict the same tokens: whole batches of windows. The trigram sees past a window's beginning, the model does not.
const windowTokens = 16 * referenceConfig.contextLength;
const counted = data.heldOut.subarray(0, Math.floor(data.heldOut.length / windowTokens) * windowTokens);
const loss = await measureLoss(parameters, data.heldOut, data.bos);
const trigram = measureCrossEntropy(buildKneserNey(data.train, referenceConfig.vocabularySize), counted, data.bos);
log(`held out ${counted.length} tokens: model ${loss.toFixed(4)} nats, Kneser-Ney trigram ${trigram.toFixed(4)} nats`);

const model = loadLanguageModel(modelFolder);
await trainDictionaries(model, data, log);
const { dictionaries } = discoverDictionaries([dictionariesFolder]);
const windows = cutWindows(data.heldOut, data.bos, referenceConfig.contextLength);
const qualities: DictionaryQuality[] = [];
for (const dictionary of dictionaries) {
	const quality = await measureDictionary(model, dictionary, windows, { provider: "cpu" }, async () => {});
	const { site, l0, explained, dead, recovered } = quality;
	log(
		`${site} L0 ${l0.toFixed(1)} explained ${explained.toFixed(3)} dead ${dead.toFixed(3)} recovered ${recovered.toFixed(3)}`,
	);
	qualities.push(quality);
}

// The sample holds no licences and little else than speeches, so a share of what was learnt shows the other contexts.
const sample = readFileSync(sampleFile, "utf8").trim().split("\n\n");
const others = loadCorpus(join(cacheFolder, "../..")).training.filter((_, i) => i > 220 && i % 5 === 0);
await saveReferenceFacts(
	[...sample, ...others.map((text) => text.slice(0, 6000))],
	dictionaries,
	referenceConfig.contextLength,
);
writeFileSync(
	join(referenceFolder, "MODEL_CARD.md"),
	buildModelCard({
		loss,
		trigram,
		heldOutTokens: counted.length,
		trainTokens: data.train.length,
		qualities,
		log: readFileSync(trainingLog, "utf8"),
	}),
);
log("reference model complete");
