import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** What is shipped, and what making it leaves behind. */
export const referenceFolder = join(root, "assets/reference");
export const modelFolder = join(referenceFolder, "scd-reference");
export const dictionariesFolder = join(referenceFolder, "saes");
export const groundTruthModel = join(referenceFolder, "induction");
export const groundTruthDictionaries = join(referenceFolder, "induction-saes");
export const factsFile = join(referenceFolder, "facts.sqlite");
export const sampleFile = join(referenceFolder, "sample.txt");
export const trainingLog = join(referenceFolder, "training.log");
export const cacheFolder = join(root, "node_modules/.cache/reference");
