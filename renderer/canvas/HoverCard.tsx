import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ViewNode } from "#shared/circuit-view";
import { showBoth } from "#shared/compared-view";
import { tokenOf } from "#shared/drawing/card-content";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { nodeEffect, sayEffect } from "#shared/effect";
import { hasPosition, withoutPosition } from "#shared/node-id";
import { factsOfMembers } from "#shared/supernode";
import { useDerived } from "../document/derived-store.ts";
import { hurryFacts, useFacts } from "../document/facts-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { useShownRun } from "../document/shown-run.ts";
import { useView } from "../document/view-store.ts";
import { Context, Effects } from "../ui/FeatureRows.tsx";
import { freeSize } from "./camera.ts";
import { useHover } from "./hover-store.ts";
import { inkOf } from "./marks.ts";

/** The pointer rests on a node for so long before its card comes. */
const restMs = 150;
const gap = 10;
const shownContexts = 3;
const shownEffects = 6;

/** What a node means, beside it while the pointer rests on it; gone with the first movement of the picture. */
export function HoverCard() {
	const node = useHover(({ node: id }) => id);
	const camera = useView((state) => state.camera);
	const [shown, setShown] = useState<{ readonly id: string; readonly camera: typeof camera }>();
	useEffect(() => {
		if (node === undefined) return;
		const timer = setTimeout(() => setShown({ id: node, camera }), restMs);
		return () => clearTimeout(timer);
	}, [node, camera]);
	if (node === undefined || shown?.id !== node || shown.camera !== camera) return null;
	return <Card key={node} id={node} />;
}

function Card({ id }: { readonly id: string }) {
	const one = useDerived(({ scene }) => scene.byId.get(id));
	const camera = useView((state) => state.camera);
	const box = useRef<HTMLDivElement>(null);
	const [place, setPlace] = useState<React.CSSProperties>({ visibility: "hidden" });
	useLayoutEffect(() => {
		const card = box.current;
		if (!one || !camera || !card) return;
		const ink = inkOf(one, camera.zoom);
		const left = (ink.x - camera.x) * camera.zoom;
		const right = left + ink.width * camera.zoom;
		const top = (ink.y - camera.y) * camera.zoom;
		const { offsetWidth: width, offsetHeight: height } = card;
		const free = freeSize();
		const within = (at: number, length: number, most: number) => Math.max(gap, Math.min(at, most - length - gap));
		const below = top + ink.height * camera.zoom + gap;
		// To its right or left, else below or above it; where there is no room at all, on the side that has more.
		const beside = [right + gap, left - gap - width].find((x) => x >= 0 && x + width <= free.width);
		const apart = [below, top - gap - height].find((y) => y >= 0 && y + height <= free.height);
		const wider = free.width - right > left ? free.width : 0;
		setPlace({
			left: beside ?? within(apart === undefined ? wider : left, width, free.width),
			top: within(beside === undefined && apart !== undefined ? apart : top, height, free.height),
		});
	}, [one, camera]);
	if (!one) return null;
	return (
		<div ref={box} className="hover-card" role="tooltip" style={place}>
			<Words node={one.node} />
		</div>
	);
}

function Words({ node }: { readonly node: ViewNode }) {
	const run = useShownRun();
	const question = useQuestion();
	const name = useNames()(node.id);
	const bare = withoutPosition(node.id);
	const all = useFacts((state) => state.facts);
	const facts = useMemo(
		() => (node.kind === "group" ? factsOfMembers(node.members, all) : all.get(bare)),
		[node, all, bare],
	);
	const isKnown = useFacts((state) => state.answered.has(bare));
	const both = useDerived((state) => state.compared?.nodeFigures(node.id).attribution);
	const isFeature = node.kind === "feature";
	useEffect(() => {
		if (isFeature) hurryFacts(bare);
	}, [isFeature, bare]);
	const place =
		hasPosition(node.id) || node.kind === "token" ? `@${node.position} ${showToken(tokenOf(node, run))}` : "";
	const many = node.members.length > 1 ? `${node.members.length} ${node.kind === "group" ? "nodes" : "positions"}` : "";
	return (
		<>
			<p className="hover-name" data-name={name.kind}>
				{name.text}
			</p>
			<p className="muted hover-place">
				{[isFeature && name.kind !== "id" ? bare : "", place, many].filter((part) => part !== "").join(" · ")}
			</p>
			{both && (
				<p className="mono" title="Effect on the target, left and right">
					{showBoth(both)}
				</p>
			)}
			<p hidden={both !== undefined}>
				{node.kind === "logit"
					? `Logit ${formatNumber(node.activation)}`
					: `${sentence(sayEffect(question, nodeEffect(question, node.attribution)))}${isFeature ? `, with an activation of ${formatNumber(node.activation)} here` : ""}.`}
			</p>
			{facts?.contexts.slice(0, shownContexts).map((context) => (
				<Context
					key={context.tokens.join("") + context.peak}
					as="div"
					context={aroundPeak(context)}
					most={facts.maxActivation}
				/>
			))}
			{facts && <Effects effects={facts.raises.slice(0, shownEffects)} sign="raise" />}
			{facts && <Effects effects={facts.lowers.slice(0, shownEffects)} sign="lower" />}
			{isFeature && !facts && <p className="faint">{isKnown ? "No text has told of it yet." : "Being looked up …"}</p>}
		</>
	);
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The strongest token and what is near: a card is not as wide as a context may be. */
function aroundPeak<
	C extends { readonly tokens: readonly string[]; readonly activations: readonly number[]; readonly peak: number },
>(context: C): C {
	const first = Math.max(0, context.peak - 5);
	const last = context.peak + 5;
	return {
		...context,
		tokens: context.tokens.slice(first, last),
		activations: context.activations.slice(first, last),
		peak: context.peak - first,
	};
}
