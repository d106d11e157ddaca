import type { CircuitNode } from "#shared/circuit";
import { AppError } from "#shared/errors";
import { formatNodeId, type NodeRef, parseNodeId } from "#shared/node-id";
import { compareSites, type Site, siteName } from "#shared/site";
import type { GradientRequest } from "#shared/trace-request";
import type { Dictionary } from "../sae/dictionary.ts";
import type { TracedSite } from "./circuit-assembly.ts";

/** The one node that a trace begins at, and which way it goes. */
export interface TraceFocus {
	readonly id: string;
	/** Its position is known, but where it is what is joined of a site's errors. */
	readonly ref: NodeRef;
	readonly direction: "upstream" | "downstream";
}

/**
 * Reads `from` of a request. Throws `usage` where no way leads in that direction or the position is missing or outside
 * the prompt, `not-found` where no dictionary sits at the node's site.
 */
export function readFocus(
	{ from, lastPositionOnly, errors = "all" }: Pick<GradientRequest, "from" | "lastPositionOnly" | "errors">,
	dictionaries: readonly Dictionary[],
	tokens: number,
): TraceFocus | undefined {
	if (!from) return undefined;
	const { node: id, direction } = from;
	const ref = parseNodeId(id);
	const refuse = (message: string) => new AppError("usage", message, { node: id, direction });
	const { position } = ref;
	const isRest = ref.kind === "error" && ref.rest === true;
	if (isRest && (errors === "all" || errors === "sources"))
		throw refuse(
			`"${id}" stands for errors that are joined, and here each has a node of its own. Choose one, as in ${id.replace(".rest", `@${tokens - 1}`)}, or other --errors.`,
		);
	if (position === undefined && !isRest)
		throw refuse(`"${id}" names no position. Write the one that is meant behind it, as in ${id}@${tokens - 1}.`);
	if (position !== undefined && position >= tokens)
		throw refuse(`"${id}" lies behind the prompt's end. The prompt has the positions 0 to ${tokens - 1}.`);
	if (lastPositionOnly && position !== undefined && position !== tokens - 1)
		throw refuse(
			`"${id}" is not at the last position (${tokens - 1}), and only that one is to be traced. Trace all positions, or choose a node there.`,
		);
	if (ref.kind === "error" && direction === "upstream" && errors === "sources")
		throw refuse(
			`Nothing leads into an error with --errors sources. Choose other --errors, or trace downstream from "${id}".`,
		);
	if (ref.kind === "token" && direction === "upstream")
		throw refuse("Nothing lies upstream of a token. Trace downstream from it, or upstream of another node.");
	if (ref.kind === "logit" && direction === "downstream")
		throw refuse("Nothing lies downstream of a logit. Trace upstream from it, or downstream of another node.");
	if (
		(ref.kind === "feature" || ref.kind === "error") &&
		!dictionaries.some(({ site }) => compareSites(site, ref.site) === 0)
	)
		throw new AppError(
			"not-found",
			`No dictionary of this trace sits at ${siteName(ref.site)}, where "${id}" is. Take in its layer, or add its dictionary.`,
			{ node: id },
		);
	// The seed writes `mlp_error_8.0@3`; nodes are known by the form that we write.
	return { id: formatNodeId(ref), ref, direction };
}

/** Whether down nodes are sought at a site, or at the logits where there is none. */
export function isTarget(focus: TraceFocus | undefined, into: Site | undefined): boolean {
	if (!focus) return true;
	const { ref, direction } = focus;
	if (direction === "upstream") return ref.kind === "logit" ? into === undefined : isAt(focus, into);
	return ref.kind === "token" || !into || !("site" in ref) || compareSites(into, ref.site) > 0;
}

function isAt({ ref }: TraceFocus, site: Site | undefined): boolean {
	return site !== undefined && "site" in ref && compareSites(site, ref.site) === 0;
}

/** The position of the error that a trace begins at, where it is at this site: it has a node of its own. */
export function wantedError(focus: TraceFocus | undefined, site: Site): number | undefined {
	return focus?.ref.kind === "error" && isAt(focus, site) ? focus.ref.position : undefined;
}

/** Which entries of a site are explained: only the focus upstream of it, the usual choice downstream. */
export function chooseForFocus(
	focus: TraceFocus | undefined,
	{ activity: { dictionary }, attributions }: Pick<TracedSite, "activity" | "attributions">,
	choose: () => readonly number[],
): readonly number[] {
	if (!focus) return choose();
	if (!isTarget(focus, dictionary.site)) return [];
	if (focus.direction === "downstream") return choose();
	const { ref } = focus;
	if (ref.kind !== "feature") return [];
	const entry = attributions.features.findIndex(
		(feature, i) => feature === ref.feature && attributions.positions[i] === ref.position,
	);
	if (entry < 0) throw refuseInactive(focus);
	return [entry];
}

/** Throws where nothing is known of the node on this prompt. `ends` are the tokens and logits that there are. */
export function checkFocus(focus: TraceFocus, ends: readonly CircuitNode[], node: CircuitNode | undefined): void {
	const { ref, id, direction } = focus;
	if ((ref.kind === "token" || ref.kind === "logit") && !ends.some((end) => end.id === id))
		throw new AppError(
			"not-found",
			`"${id}" is no node of this prompt and metric. Choose one of ${ends
				.filter(({ kind }) => kind === ref.kind)
				.map((end) => end.id)
				.join(", ")}.`,
			{ node: id },
		);
	if (!node && ref.kind === "error")
		throw new AppError("no-effect", `No errors are joined at ${siteName(ref.site)}: each has a node of its own.`, {
			node: id,
		});
	// A feature of the patch prompt alone leads somewhere; being off on the prompt itself, nothing leads into it.
	if (!node || (node.kind === "feature" && node.activation === 0 && direction === "upstream"))
		throw refuseInactive(focus);
}

function refuseInactive({ id }: TraceFocus): AppError {
	return new AppError(
		"no-effect",
		`${id} is not active on this prompt, so nothing leads into or out of it. Choose a node of the circuit that this prompt gave.`,
		{ node: id },
	);
}
