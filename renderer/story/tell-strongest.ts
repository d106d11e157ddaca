import { choosePaths, storyOf } from "#shared/story";
import { tellPath } from "#shared/tell-path";
import { tellSteps } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { currentPathGraph, currentTelling } from "../document/telling.ts";
import { showToast } from "../ui/toast-store.ts";

/** Paths among which those are chosen that say something new. */
const considered = 300;

const noMore = "Every path that says something new is told already.";
const noPath =
	"No path leads from a token through a feature to the target in this circuit. Trace it with its tokens, or tell paths of a node from the inspector.";

/** Adds the circuit's strongest paths that are not told yet, each in a sentence that can be edited. */
export function tellStrongest(count: number): readonly string[] {
	const { document } = useDerived.getState();
	const telling = currentTelling();
	const told = storyOf(document).map(({ path }) => path);
	const isFeature = (id: string) => telling.nodeOf(id)?.kind === "feature";
	const { paths } = currentPathGraph().throughout(considered);
	const chosen = choosePaths(paths, count, told, isFeature);
	if (chosen.length === 0) showToast({ severity: "info", message: told.length > 0 ? noMore : noPath });
	return tellPaths(chosen.map(({ nodes }) => nodes));
}

export function tellPaths(paths: readonly (readonly string[])[]): readonly string[] {
	if (paths.length === 0) return [];
	const telling = currentTelling();
	return tellSteps(paths.map((path) => ({ path, text: tellPath(path, telling) })));
}
