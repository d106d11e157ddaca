import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight, Plus, RotateCcw, Trash2, X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { StoryStep } from "#shared/document";
import { nameTarget } from "#shared/effect";
import { storyOf } from "#shared/story";
import { type Telling, tellPath } from "#shared/tell-path";
import { togglePanel } from "../actions/workspace-store.ts";
import { moveStep, removeStep, writeStep } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { usePathGraph, useTelling } from "../document/telling.ts";
import { showShare } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { PathChain } from "./PathChain.tsx";
import { StepText } from "./StepText.tsx";
import { listenForSteps, showStep, stepBy, useStory } from "./story-store.ts";
import { tellStrongest } from "./tell-strongest.ts";
import "../inspector/inspector.css";
import "./story.css";

const atOnce = 4;

/** The circuit told path by path: what is shown on the canvas, and what is said of it. */
export function StoryPanel() {
	const steps = useDerived(({ document }) => document.story);
	const current = useStory((state) => state.current);
	const telling = useTelling();
	const graph = usePathGraph();
	const sorted = storyOf({ story: steps });
	const at = sorted.findIndex(({ id }) => id === current);
	useEffect(listenForSteps, []);
	useEffect(() => () => showStep(null), []);
	// It was removed, here or in another window, or another circuit was opened.
	useEffect(() => {
		if (current !== null && at < 0) showStep(null);
	}, [current, at]);
	const tell = () => showStep(tellStrongest(atOnce)[0] ?? null);
	return (
		<aside id="panel-story" className="story" aria-label="Story">
			<div className="story-head">
				<h2 className="heading">Story</h2>
				<IconButton label="Close the story" onClick={() => togglePanel("story", false)}>
					<X />
				</IconButton>
			</div>
			{sorted.length === 0 ? (
				<div className="empty">
					<p>
						Tell the circuit path by path: each step shows one on the canvas and says in a sentence of yours what it
						does.
					</p>
					<Button variant="primary" onClick={tell}>
						Begin with the strongest paths
					</Button>
				</div>
			) : (
				<>
					<ol className="story-steps">
						{sorted.map((step, i) => (
							<Step
								key={step.id}
								step={step}
								number={i + 1}
								isLast={i === sorted.length - 1}
								isShown={step.id === current}
								telling={telling}
							/>
						))}
					</ol>
					<p className="faint story-share">
						Together they carry {showShare(graph.shareOf(sorted.map(({ path }) => path)))} of what leads{" "}
						{graph.beginsAtTokens && "from the tokens "}to {nameTarget(telling.question)}.
					</p>
					<div className="story-foot">
						<IconButton label="Step before" keys="←" disabled={at <= 0} onClick={() => stepBy(-1)}>
							<ChevronLeft />
						</IconButton>
						<span className="faint" aria-live="polite">
							{at < 0 ? `${sorted.length} steps` : `${at + 1} of ${sorted.length}`}
						</span>
						<IconButton label="Next step" keys="→" disabled={at === sorted.length - 1} onClick={() => stepBy(1)}>
							<ChevronRight />
						</IconButton>
						<span className="grow" />
						<Button onClick={tell}>
							<Plus aria-hidden /> Strongest paths
						</Button>
					</div>
				</>
			)}
		</aside>
	);
}

interface StepProps {
	readonly step: StoryStep;
	readonly number: number;
	readonly isLast: boolean;
	readonly isShown: boolean;
	readonly telling: Telling;
}

function Step({ step: { id, path, text }, number, isLast, isShown, telling }: StepProps) {
	const isGone = path.some((node) => !telling.nodeOf(node));
	const item = useRef<HTMLLIElement>(null);
	useEffect(() => {
		if (isShown) item.current?.scrollIntoView({ block: "nearest" });
	}, [isShown]);
	return (
		<li ref={item} data-current={isShown || undefined}>
			<button
				type="button"
				className="story-path"
				aria-current={isShown ? "step" : undefined}
				onClick={() => showStep(isShown ? null : id)}
			>
				<span className="story-number">
					<span className="visually-hidden">Show step </span>
					{number}
				</span>
				<PathChain path={path} telling={telling} />
			</button>
			<StepText label={`What step ${number} says`} text={text} onChange={(next) => writeStep(id, next)} />
			{isGone && <p className="faint">Some of its nodes are no longer in the circuit.</p>}
			{isShown && (
				<div className="step-actions">
					<IconButton label="Earlier" disabled={number === 1} onClick={() => moveStep(id, -1)}>
						<ArrowUp />
					</IconButton>
					<IconButton label="Later" disabled={isLast} onClick={() => moveStep(id, 1)}>
						<ArrowDown />
					</IconButton>
					<IconButton
						label="Write the sentence anew"
						disabled={isGone || text === tellPath(path, telling)}
						onClick={() => writeStep(id, tellPath(path, telling))}
					>
						<RotateCcw />
					</IconButton>
					<IconButton
						label="Remove this step"
						onClick={() => {
							showStep(null);
							removeStep(id);
						}}
					>
						<Trash2 />
					</IconButton>
				</div>
			)}
		</li>
	);
}
