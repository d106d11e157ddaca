import { CircleCheck, TriangleAlert } from "lucide-react";
import type { DictionaryCheck } from "#shared/dictionary-check";
import { nameFields } from "#shared/option-fields";
import { judgeAll } from "../document/checks-store.ts";
import { Disclosure } from "../ui/Disclosure.tsx";
import { CheckTable } from "./CheckTable.tsx";
import "./checks.css";

/** Whether dictionaries were loaded right, in a sentence; the figures on demand. */
export function CheckBadge({ checks, all }: { readonly checks: readonly DictionaryCheck[]; readonly all: number }) {
	const judged = judgeAll(checks);
	if (!judged) return null;
	const { sentence, isFine } = judged;
	const which = checks.length === 1 && all === 1 ? "" : isFine ? ` ${checks.length} of ${all} measured.` : "";
	return (
		<div>
			<div className="check-badge" data-fine={isFine}>
				{isFine ? <CircleCheck size={13} aria-hidden /> : <TriangleAlert size={13} aria-hidden />}
				<span>
					{nameFields(sentence)}
					{which}
				</span>
			</div>
			<Disclosure label="Loaded right?">
				<div className="check-scroll" role="region" aria-label="Figures" tabIndex={0}>
					<CheckTable checks={checks} />
				</div>
			</Disclosure>
		</div>
	);
}
