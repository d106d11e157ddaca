import { writeGroundTruth } from "./ground-truth.ts";
import { groundTruthDictionaries, groundTruthModel } from "./paths.ts";

/** `npm run ground-truth`: writes the model whose circuit is known. */
writeGroundTruth(groundTruthModel, groundTruthDictionaries);
