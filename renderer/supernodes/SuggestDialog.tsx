import { useMemo, useState } from "react";
import { showToken } from "#shared/drawing/svg-text";
import { withoutPosition } from "#shared/node-id";
import { type SuggestedGroup, suggestGroups } from "#shared/suggest-groups";
import type { Member } from "#shared/supernode";
import { closeDialog } from "../actions/workspace-store.ts";
import { makeGroups } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { count } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { useMembers } from "./use-members.ts";

/** Supernodes that features at one position suggest, by what they share; those that are chosen are made in one step. */
export function SuggestDialog() {
	const nodes = useDerived((state) => state.filtered.nodes);
	const groups = useDerived((state) => state.document.groups);
	const free = useMemo(() => {
		const grouped = new Set(groups.flatMap(({ members }) => members));
		return nodes.flatMap(({ kind, members }) => (kind === "feature" ? members.filter((id) => !grouped.has(id)) : []));
	}, [nodes, groups]);
	const members = useMembers(free);
	const suggested = useMemo(() => suggestGroups(members), [members]);
	/** Decided otherwise than it is offered. */
	const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
	const isChosen = (group: SuggestedGroup) => group.isStrong !== turned.has(keyOf(group));
	const chosen = suggested.filter(isChosen);
	const toggle = (key: string) =>
		setTurned((before) => new Set(before.has(key) ? [...before].filter((one) => one !== key) : [...before, key]));
	const make = () => {
		makeGroups(chosen.map(({ name, members: some }) => ({ name, members: some.map(({ id }) => id) })));
		closeDialog();
	};
	return (
		<DialogFrame
			title="Suggested supernodes"
			lead="Features that are seen at one position and share words of their labels, tokens that they raise, or tokens on which they fire."
			width={640}
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Cancel</Button>
					<Button variant="primary" disabled={chosen.length === 0} onClick={make}>
						Make {count(chosen.length, "supernode")}
					</Button>
				</>
			}
		>
			{suggested.length === 0 ? (
				<p className="empty">
					No features that are seen at one position share a word, a raised token or a token on which they fire.
				</p>
			) : (
				<ul className="suggested">
					{suggested.map((group) => (
						<li key={keyOf(group)}>
							<label>
								<input type="checkbox" checked={isChosen(group)} onChange={() => toggle(keyOf(group))} />
								<span className="suggested-words">
									<strong className="cut">{group.name}</strong>
									<span className="muted">{group.members.map(sayMember).join(" · ")}</span>
									<span className="faint">{sayShared(group)}</span>
								</span>
							</label>
						</li>
					))}
				</ul>
			)}
		</DialogFrame>
	);
}

const sayMember = ({ id, name }: Member) => (name === withoutPosition(id) ? name : `${name} (${withoutPosition(id)})`);

const keyOf = ({ members }: SuggestedGroup) => members.map(({ id }) => id).join(" ");

function sayShared({ shared, members }: SuggestedGroup): string {
	const texts = (some: SuggestedGroup["shared"]["words"]) =>
		some
			.slice(0, 3)
			.map(({ text }) => showToken(text))
			.join(" ");
	const [first] = members;
	return [
		first ? `at ${showToken(first.token)}` : "",
		shared.words.length > 0 ? `words ${texts(shared.words)}` : "",
		shared.raises.length > 0 ? `raise ${texts(shared.raises)}` : "",
		shared.contexts.length > 0 ? `fire on ${texts(shared.contexts)}` : "",
	]
		.filter((part) => part !== "")
		.join(", ");
}
