import { choosePaths, storyOf } from "#shared/story";
import { tellPath } from "#shared/tell-path";
import { tellSteps } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { currentPathGraph, currentTelling } from "../document/telling.ts";

/** Paths among which those are chosen that say something new. */
const considered = 300;

/** Adds the circuit's strongest paths that are not told yet, each in a sentence that can be edited. */
export function tellStrongest(count: number): readonly string[] {
	const { document } = useDerived.getState();
	const telling = currentTelling();
	const told = storyOf(document).map(({ path }) => path);
	const isFeature = (id: string) => telling.nodeOf(id)?.kind === "feature";
	const { paths } = currentPathGraph().throughout(considered);
	return tellPaths(choosePaths(paths, count, told, isFeature).map(({ nodes }) => nodes));
}

export function tellPaths(paths: readonly (readonly string[])[]): readonly string[] {
	if (paths.length === 0) return [];
	const telling = currentTelling();
	return tellSteps(paths.map((path) => ({ path, text: tellPath(path, telling) })));
}
