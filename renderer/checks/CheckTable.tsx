import { type DictionaryCheck, judgeCheck } from "#shared/dictionary-check";
import { nameFields } from "#shared/option-fields";
import { showShare } from "../ui/amounts.ts";
import { describeManner } from "./describe-manner.ts";
import { FigureTable } from "./FigureTable.tsx";
import "./checks.css";

/** Dictionaries with what was measured of them, and what they would give if they were read otherwise. */
export function CheckTable({ checks }: { readonly checks: readonly DictionaryCheck[] }) {
	return (
		<FigureTable className="checks" columns={["l0", "explained", "dead", "recovered"]}>
			{checks.map((check) => (
				<CheckRows key={check.hash} check={check} />
			))}
		</FigureTable>
	);
}

function CheckRows({ check }: { readonly check: DictionaryCheck }) {
	const { measured, stated, alternatives, site, name, dir } = check;
	const { verdict, sentence } = judgeCheck(check);
	return (
		<tbody>
			<tr>
				<th scope="rowgroup" colSpan={5} className="check-name" title={dir}>
					<span className="mono">{site}</span> <span className="faint">{name}</span>
				</th>
			</tr>
			<tr data-verdict={verdict}>
				<td>measured</td>
				<td className="number">{measured.l0.toFixed(1)}</td>
				<td className="number">{showExplained(measured.explained)}</td>
				<td className="number">{showShare(measured.dead)}</td>
				<td className="number">{showShare(measured.recovered)}</td>
			</tr>
			{stated && (stated.l0 !== undefined || stated.explained !== undefined) && (
				<tr className="faint">
					<td>stated by {stated.release}</td>
					<td className="number">{stated.l0 ?? ""}</td>
					<td className="number">{stated.explained === undefined ? "" : showExplained(stated.explained)}</td>
					<td />
					<td />
				</tr>
			)}
			{alternatives.map((other) => (
				<tr key={other.change} className="faint">
					<td>{nameChange(other.change)}</td>
					<td className="number">{other.l0.toFixed(1)}</td>
					<td className="number">{showExplained(other.explained)}</td>
					<td className="number">{showShare(other.dead)}</td>
					<td />
				</tr>
			))}
			<tr>
				<td colSpan={5} className="check-sentence">
					{nameFields(sentence)} <span className="faint">{describeManner(check)}</span>
				</td>
			</tr>
		</tbody>
	);
}

/** What was turned round to measure it, without quotes: a row of a table. */
const nameChange = (change: string) =>
	/^apply_b_dec_to_input: (true|false)/.test(change)
		? `with the decoder’s bias ${change.includes("true") ? "taken off" : "left in"} the input`
		: `with ${nameFields(change).replace(/[“”]/g, "")}`;

/** As the sentence below says it: it may be far below zero, where per cent read oddly. */
const showExplained = (explained: number) => explained.toFixed(2).replace("-", "−");
