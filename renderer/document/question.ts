import { noQuestion, type Question } from "#shared/effect";
import { useShownRun } from "./shown-run.ts";

/** What the open circuit's numbers are about. */
export const useQuestion = (): Question => useShownRun() ?? noQuestion;
