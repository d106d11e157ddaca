import type { LibrarySet } from "#shared/contract/results";
import { asSentence, describeDoubts } from "#shared/conventions";
import { nameFields } from "#shared/option-fields";
import { client } from "../bridge/connection.ts";
import { CheckBadge } from "../checks/CheckBadge.tsx";
import { useChecks } from "../document/checks-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { findLibraryModel, fitsModel, useTraceForm } from "../document/trace-form.ts";
import { Button } from "../ui/Button.tsx";
import { showToast } from "../ui/toast-store.ts";

/** How the dictionaries of a set are read where that is in doubt, and whether they were loaded right. */
export function SetReading({
	dictionaries,
	bundled,
}: Pick<LibrarySet, "dictionaries"> & { readonly bundled: boolean }) {
	const checks = useChecks((state) => state.checks);
	const modelDir = useTraceForm((state) => state.modelDir);
	const model = useSession(({ library }) => findLibraryModel(library, modelDir));
	const dirs = new Set(dictionaries.map(({ dir }) => dir));
	const mine = [...checks.values()].filter(({ dir, rule }) => dirs.has(dir) && !isOverridden(rule));
	const doubts = new Set(dictionaries.flatMap(({ rule }) => describeDoubts(rule)));
	const measure = () =>
		client
			.call("checks.want", { modelDir, dictionaryDirs: [...dirs] })
			.then(() => showToast({ severity: "info", message: "Measured as soon as nothing else is computed." }))
			.catch(reportError);
	return (
		<div className="set-reading">
			{[...doubts].map((doubt) => (
				<p key={doubt} className="check-badge" data-fine={false}>
					{nameFields(asSentence(doubt))}
				</p>
			))}
			<CheckBadge checks={mine} all={dictionaries.length} />
			{!bundled && mine.length < dictionaries.length && fitsModel({ dictionaries }, model) && (
				<Button variant="quiet" onClick={measure}>
					Loaded right? Measure
				</Button>
			)}
		</div>
	);
}

/** Read otherwise than the set itself is. */
function isOverridden({ centred, valueBiases, normFactor }: LibrarySet["dictionaries"][number]["rule"]): boolean {
	return [centred, valueBiases, normFactor].some(({ why }) => why === "option");
}
