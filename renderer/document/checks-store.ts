import { create } from "zustand";
import { type DictionaryCheck, judgeCheck, type Verdict } from "#shared/dictionary-check";
import { client } from "../bridge/connection.ts";
import { reportError } from "./session-store.ts";

/** What was measured of how dictionaries were loaded, by hash: newest of each. */
export const useChecks = create<{ readonly checks: ReadonlyMap<string, DictionaryCheck> }>(() => ({
	checks: new Map(),
}));

/** Reads everything anew. */
export async function refreshChecks(): Promise<void> {
	const reports = await client.call("reports.list", { kind: "check", circuit: null });
	const checks = new Map<string, DictionaryCheck>();
	for (const { body } of reports) {
		const check = body as DictionaryCheck;
		if (!checks.has(check.hash)) checks.set(check.hash, check);
	}
	useChecks.setState({ checks });
}

client.on("checks", () => void refreshChecks().catch(reportError));

const worst: readonly Verdict[] = ["fits-better", "unlike-stated", "doubtful", "as-stated", "sound"];

/** The worst of several, in a word, and whether anybody should look. */
export function judgeAll(
	checks: readonly DictionaryCheck[],
): { readonly verdict: Verdict; readonly sentence: string; readonly isFine: boolean } | undefined {
	const judged = checks.map(judgeCheck);
	const first = judged.toSorted((a, b) => worst.indexOf(a.verdict) - worst.indexOf(b.verdict))[0];
	return first && { ...first, isFine: first.verdict === "as-stated" || first.verdict === "sound" };
}
