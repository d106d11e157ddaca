import { noQuestion, type Question } from "#shared/effect";
import { useDocument } from "./document-store.ts";

/** What the open circuit's numbers are about. */
export const useQuestion = (): Question => useDocument(({ run }) => run) ?? noQuestion;
