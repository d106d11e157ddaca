import { ChevronDown, ChevronRight, X } from "lucide-react";
import { useMemo, useState } from "react";
import type { ViewNode } from "#shared/circuit-view";
import { nodeStyle } from "#shared/drawing/node-style";
import { showToken } from "#shared/drawing/svg-text";
import { nodeEffect, signed } from "#shared/effect";
import { hasPosition, withoutPosition } from "#shared/node-id";
import { findShared, type Member, type SharedMeaning, type SharedToken } from "#shared/supernode";
import { runAction } from "../actions/actions.ts";
import { selectedFeatures } from "../actions/selection.ts";
import { leaveGroup } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useQuestion } from "../document/question.ts";
import { FeatureDetails } from "../inspector/FeatureDetails.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import { Context } from "../ui/FeatureRows.tsx";
import { useMembers } from "./use-members.ts";
import "./supernodes.css";

/** What the members of a supernode share, and each of them. */
export function SupernodeDetails({ node }: { readonly node: ViewNode }) {
	const members = useMembers(node.members);
	const shared = useMemo(() => findShared(members), [members]);
	const noFeature = selectedFeatures().length === 0;
	return (
		<>
			<div className="node-actions">
				<Button onClick={() => runAction("pin")} disabled={noFeature}>
					Pin or unpin
				</Button>
				<Button onClick={() => runAction("steer")} disabled={noFeature}>
					Steer…
				</Button>
				<Button onClick={() => runAction("respond")} disabled={noFeature}>
					Ablate, scale…
				</Button>
				<Button onClick={() => runAction("collapse")}>Expand</Button>
				<Button onClick={() => runAction("ungroup")}>Ungroup</Button>
			</div>
			<SharedSection shared={shared} />
			<section>
				<h2 className="heading">Members · {members.length}</h2>
				<ul className="member-rows">
					{members.map((member) => (
						<MemberRow key={member.id} group={node.id} member={member} />
					))}
				</ul>
			</section>
		</>
	);
}

const shownTokens = 6;

function SharedSection({ shared }: { readonly shared: SharedMeaning }) {
	const { words, raises, lowers, contexts, features } = shared;
	if (words.length + raises.length + lowers.length + contexts.length === 0)
		return (
			<section>
				<h2 className="heading">What they share</h2>
				<p className="muted">
					{features < 2
						? "It takes two features to have something in common."
						: "No word of a label, no token that they raise, lower or fire on."}
				</p>
			</section>
		);
	return (
		<section>
			<h2 className="heading">What they share</h2>
			{words.length > 0 && (
				<p>
					{words.slice(0, shownTokens).map(({ text, features: having }) => (
						<span key={text} className="chip shared-word" title={`In the labels of ${having.length} of ${features}`}>
							{text} <Of having={having.length} all={features} />
						</span>
					))}
				</p>
			)}
			<SharedTokens title="Raise" sign="raise" tokens={raises} all={features} />
			<SharedTokens title="Lower" sign="lower" tokens={lowers} all={features} />
			{contexts.slice(0, 3).map(({ text, features: having, contexts: examples }) => (
				<div key={text}>
					<p className="shared-line muted">
						<span>
							Fire on <span className="token">{showToken(text)}</span>
						</span>
						<Of having={having.length} all={features} />
					</p>
					<ol className="contexts">
						{examples.slice(0, 3).map((context, i) => (
							<Context key={having[i]} context={context} most={Math.max(...context.activations.map(Math.abs))} />
						))}
					</ol>
				</div>
			))}
		</section>
	);
}

interface SharedTokensProps {
	readonly title: string;
	readonly sign: "raise" | "lower";
	readonly tokens: readonly SharedToken[];
	readonly all: number;
}

/** Tokens whose logit several of them move, each with how many do. */
function SharedTokens({ title, sign, tokens, all }: SharedTokensProps) {
	if (tokens.length === 0) return null;
	return (
		<div className="shared-tokens" role="group" aria-label={`Tokens that several of them ${title.toLowerCase()}`}>
			<span className="muted">{title}</span>
			<div className="effects">
				{tokens.slice(0, shownTokens).map(({ text, features, effect }) => (
					<span
						key={text}
						className="effect"
						data-sign={sign}
						title={`${features.length} of ${all} features, ${effect.toPrecision(2)} on average: ${features.join(", ")}`}
					>
						{sign === "raise" ? "+" : "−"} {showToken(text)} {features.length}/{all}
					</span>
				))}
			</div>
		</div>
	);
}

function Of({ having, all }: { readonly having: number; readonly all: number }) {
	return (
		<span className="faint mono">
			{having}/{all}
		</span>
	);
}

/** What it is called and does; opened, all that is known of its feature. */
function MemberRow({ group, member }: { readonly group: string; readonly member: Member }) {
	const [open, setOpen] = useState(false);
	const question = useQuestion();
	const site = useDerived((state) => state.document.nodes.find(({ id }) => id === member.id)?.site);
	const { id, kind, token, name, attribution } = member;
	const effect = nodeEffect(question, attribution);
	const place = hasPosition(id) ? `${showToken(token)} @${member.position}` : "any token";

	const Chevron = open ? ChevronDown : ChevronRight;
	return (
		<li>
			<div className="member-row">
				<button
					type="button"
					className="member"
					aria-expanded={kind === "feature" ? open : undefined}
					disabled={kind !== "feature"}
					data-kind={nodeStyle({ kind, ...(site !== undefined && { site }) })}
					title={`${id}: ${name}`}
					onClick={() => setOpen(!open)}
				>
					<span className="cut">{name}</span>
					<span className="faint mono cut">{place}</span>
					{kind === "feature" && <Chevron size={13} aria-hidden />}
				</button>
				<span className={`mono ${effect > 0 ? "raises" : "lowers"}`}>{signed(effect)}</span>
				<IconButton label={`Take ${name} out`} onClick={() => leaveGroup(group, [id])}>
					<X />
				</IconButton>
			</div>
			{open && <FeatureDetails id={withoutPosition(id)} />}
		</li>
	);
}
