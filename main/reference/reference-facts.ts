import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "../app/app.ts";
import { runCollection } from "../app/collect-job.ts";
import { usualContexts } from "../app/collected-features.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { saveShippedFacts } from "../store/shipped-facts.ts";
import { dictionariesFolder, factsFile, modelFolder } from "./paths.ts";

/** Tokens that each feature raises and lowers: fewer than elsewhere, for the file's size. */
const shippedTokens = 8;

/** Facts of the bundled dictionaries, gathered as users gather theirs, and written to the file that the app ships. */
export async function saveReferenceFacts(
	documents: readonly string[],
	dictionaries: readonly Dictionary[],
	maxLength: number,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "scd-facts-"));
	const corpus = join(folder, "corpus.jsonl");
	writeFileSync(corpus, documents.map((text) => JSON.stringify({ text })).join("\n"));
	const app = new App(join(folder, "facts.sqlite"));
	try {
		const choice = {
			modelDir: modelFolder,
			dictionaryDirs: [dictionariesFolder],
			provider: "cpu",
			corpus,
			maxLength,
		} as const;
		const signal = new AbortController().signal;
		await runCollection(app, choice, { ...usualContexts, signal, progress() {} });
		rmSync(factsFile, { force: true });
		saveShippedFacts(
			factsFile,
			dictionaries.map(({ hash, dSae }) => {
				const facts = app.store.facts.load(hash, [...Array(dSae).keys()]).values();
				const shorten = ({ raises, lowers, ...rest }: typeof facts extends Iterator<infer F> ? F : never) => ({
					...rest,
					raises: raises.slice(0, shippedTokens),
					lowers: lowers.slice(0, shippedTokens),
				});
				return { dictionary: hash, facts: [...facts].map(shorten) };
			}),
		);
	} finally {
		app.dispose();
		rmSync(folder, { recursive: true });
	}
}
