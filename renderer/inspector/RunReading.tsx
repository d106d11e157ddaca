import type { RunDescription } from "#shared/contract/results";
import { asSentence, describeDoubts } from "#shared/conventions";
import { nameFields } from "#shared/option-fields";
import { CheckBadge } from "../checks/CheckBadge.tsx";
import { useChecks } from "../document/checks-store.ts";

/** How a run read its dictionaries where that is in doubt, and whether they were loaded right. */
export function RunReading({ dictionaries }: Pick<RunDescription, "dictionaries">) {
	const checks = useChecks((state) => state.checks);
	const sites = new Map<string, string[]>();
	for (const { site, rule } of dictionaries)
		for (const doubt of rule ? describeDoubts(rule) : []) sites.set(doubt, [...(sites.get(doubt) ?? []), site]);
	const measured = dictionaries.flatMap(({ hash }) => checks.get(hash) ?? []);
	return (
		<>
			{[...sites].map(([doubt, names]) => (
				<p key={doubt} className="check-badge" data-fine={false}>
					{nameFields(names.length === dictionaries.length ? asSentence(doubt) : `${names.join(", ")}: ${doubt}.`)}
				</p>
			))}
			<CheckBadge checks={measured} all={dictionaries.length} />
		</>
	);
}
