import { Search } from "lucide-react";
import { useId, useMemo, useState } from "react";
import type { ViewNode } from "#shared/circuit-view";
import { describeJoined, tokenOf } from "#shared/drawing/card-content";
import { nodeStyle } from "#shared/drawing/node-style";
import { showToken } from "#shared/drawing/svg-text";
import { nodeEffect, signed } from "#shared/effect";
import { writeName } from "#shared/naming";
import { withoutPosition } from "#shared/node-id";
import { useDerived } from "../document/derived-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { useShownRun } from "../document/shown-run.ts";
import { select } from "../document/view-store.ts";
import { zoomTo } from "./camera.ts";

const most = 40;

/** Finds nodes by name, id, token, or a word that the feature raises. Enter goes there; Shift Enter selects all. */
export function NodeSearch() {
	const [query, setQuery] = useState("");
	const question = useQuestion();
	const [chosen, setChosen] = useState(0);
	const [open, setOpen] = useState(false);
	const listId = useId();
	const found = useSearch(query);
	const nameOf = useNames();
	const go = (ids: readonly string[]) => {
		select(ids);
		zoomTo(new Set(ids));
		setOpen(false);
	};
	return (
		<div className="float search">
			<Search size={14} aria-hidden />
			<input
				data-search
				type="search"
				role="combobox"
				aria-label="Search features, tokens, labels"
				aria-expanded={open && query !== ""}
				aria-controls={open && query !== "" ? listId : undefined}
				aria-activedescendant={open && query !== "" && found[chosen] ? `${listId}-${chosen}` : undefined}
				placeholder="Search features, tokens, labels"
				value={query}
				onChange={({ target }) => {
					setQuery(target.value);
					setChosen(0);
					setOpen(true);
				}}
				onFocus={() => setOpen(true)}
				onBlur={() => setOpen(false)}
				onKeyDown={(event) => {
					if (event.key === "ArrowDown") setChosen(Math.min(found.length - 1, chosen + 1));
					else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
					else if (event.key === "Enter" && found.length > 0)
						go(event.shiftKey ? found.map(({ node }) => node.id) : [found[chosen]?.node.id ?? ""]);
					else if (event.key === "Escape") {
						setQuery("");
						event.currentTarget.blur();
					} else return;
					event.preventDefault();
				}}
			/>
			{query === "" && <span className="kbd">/</span>}
			{open && query !== "" && (
				<ul id={listId} className="search-results" role="listbox" aria-label="Nodes found">
					{found.length === 0 && <li className="faint">Nothing here is called “{query}”.</li>}
					{found.map(({ node, why }, i) => (
						<li
							key={node.id}
							id={`${listId}-${i}`}
							role="option"
							aria-selected={i === chosen}
							onPointerEnter={() => setChosen(i)}
							onPointerDown={(event) => event.preventDefault()}
							onClick={() => go([node.id])}
						>
							<span
								className="chip"
								data-name={nameOf(node.id).kind}
								data-kind={node.kind === "group" ? "group" : nodeStyle({ ...node, kind: node.kind })}
							>
								{writeName(nameOf(node.id))}
							</span>
							<span className="faint cut grow">{why}</span>
							<span className="mono faint">{signed(nodeEffect(question, node.attribution))}</span>
						</li>
					))}
				</ul>
			)}
		</div>
	);
}

function useSearch(query: string): readonly { readonly node: ViewNode; readonly why: string }[] {
	const nodes = useDerived((state) => state.filtered.nodes);
	const nameOf = useNames();
	const run = useShownRun();
	const facts = useFacts((state) => state.facts);
	return useMemo(() => {
		const wanted = query.trim().toLowerCase();
		if (wanted === "") return [];
		const has = (text: string | undefined) => text?.toLowerCase().includes(wanted) ?? false;
		const placeOf = (node: ViewNode) =>
			node.joined === undefined ? showToken(tokenOf(node, run)) : describeJoined(node.joined);
		const matches = nodes.flatMap((node) => {
			const bare = withoutPosition(node.id);
			const name = nameOf(node.id);
			const isWord = name.kind === "human" || name.kind === "published";
			if (isWord && has(name.text)) return [{ node, why: node.id, rank: 0 }];
			if (has(node.id)) return [{ node, why: `${node.id} ${placeOf(node)}`, rank: 1 }];
			if (has(writeName(name))) return [{ node, why: `${node.id} ${placeOf(node)}`, rank: 2 }];
			const token = tokenOf(node, run);
			if (has(token) || has(showToken(token))) return [{ node, why: `at ${showToken(token)}`, rank: 3 }];
			const raised = facts.get(bare)?.raises.find((effect) => has(effect.token));
			return raised ? [{ node, why: `raises ${showToken(raised.token)}`, rank: 4 }] : [];
		});
		return matches
			.sort((a, b) => a.rank - b.rank || Math.abs(b.node.attribution) - Math.abs(a.node.attribution))
			.slice(0, most);
	}, [query, nodes, nameOf, run, facts]);
}
