import { describeRule } from "#shared/conventions";
import { type DictionaryCheck, judgeCheck } from "#shared/dictionary-check";
import "./checks.css";

/** Dictionaries with what was measured of them, and what they would give if they were read otherwise. */
export function CheckTable({ checks }: { readonly checks: readonly DictionaryCheck[] }) {
	return (
		<table className="data-table checks">
			<thead>
				<tr>
					<th scope="col">Dictionary</th>
					<th scope="col" className="number" title="Mean number of active features">
						L0
					</th>
					<th scope="col" className="number" title="1 − Σ‖x − x̂‖² / Σ‖x − mean‖²">
						Explained
					</th>
					<th scope="col" className="number" title="Share of features that no token of the text activates">
						Dead
					</th>
					<th
						scope="col"
						className="number"
						title="Share of the loss between zeros and the site as it is that the reconstruction keeps"
					>
						Recovered
					</th>
				</tr>
			</thead>
			{checks.map((check) => (
				<CheckRows key={check.hash} check={check} />
			))}
		</table>
	);
}

function CheckRows({ check }: { readonly check: DictionaryCheck }) {
	const { measured, stated, alternatives, site, name, dir, bos, rule } = check;
	const { verdict, sentence } = judgeCheck(check);
	const how = [...describeRule(rule), bos ? "<|endoftext|> before the text" : "no <|endoftext|>"].join(", ");
	return (
		<tbody>
			<tr data-verdict={verdict}>
				<th scope="row" title={dir}>
					<span className="mono">{site}</span> <span className="faint">{name}</span>
				</th>
				<td className="number">{measured.l0.toFixed(1)}</td>
				<td className="number">{showShare(measured.explained)}</td>
				<td className="number">{showShare(measured.dead)}</td>
				<td className="number">{showShare(measured.recovered)}</td>
			</tr>
			{stated && (stated.l0 !== undefined || stated.explained !== undefined) && (
				<tr className="faint">
					<td>stated by {stated.release}</td>
					<td className="number">{stated.l0 ?? ""}</td>
					<td className="number">{stated.explained === undefined ? "" : showShare(stated.explained)}</td>
					<td />
					<td />
				</tr>
			)}
			{alternatives.map((other) => (
				<tr key={other.change} className="faint">
					<td>with {other.change}</td>
					<td className="number">{other.l0.toFixed(1)}</td>
					<td className="number">{showShare(other.explained)}</td>
					<td className="number">{showShare(other.dead)}</td>
					<td />
				</tr>
			))}
			<tr>
				<td colSpan={5} className="check-sentence">
					{sentence} <span className="faint">Read {how}.</span>
				</td>
			</tr>
		</tbody>
	);
}

const showShare = (share: number) => `${(100 * share).toFixed(1)}%`;
