import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { AppError } from "#shared/errors";
import { knownByConstruction, knownParts, type NamedParts } from "#shared/known-agreement";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import type { Store } from "../store/store.ts";
import { judgeDocument } from "./circuit-description.ts";

/**
 * A circuit that is known: a stored one by its name, or a file with a feature or an edge a line (`mlp_3.17`, or
 * `mlp_3.17 -> mlp_4.2`, whose target may be `logits`). Throws `not-found`, or `bad-file` naming the line.
 */
export function loadKnown({ circuits }: Pick<Store, "circuits">, name: string): NamedParts {
	if (!existsSync(name)) return { name, ...knownParts(circuits.load(name)) };
	const [nodes, edges] = [new Set<string>(), new Set<string>()];
	for (const [i, line] of readFileSync(name, "utf8").split(/\r?\n/).entries()) {
		const parts = line.trim().split(/\s*(?:->|→|,|\t)\s*/);
		if (line.trim() === "" || line.startsWith("#")) continue;
		const read = (part: string) => readEnd(part, `Line ${i + 1} of ${name}`);
		const [source, target] = parts.map(read);
		if (source === undefined || source === "logits" || parts.length > 2)
			throw new AppError("bad-file", `Line ${i + 1} of ${name} is neither a feature nor an edge.`, { line: i + 1 });
		for (const end of [source, target]) if (end !== undefined && end !== "logits") nodes.add(end);
		if (target !== undefined) edges.add(`${source} ${target}`);
	}
	if (nodes.size === 0) throw new AppError("bad-file", `${name} holds no feature. Write one a line, such as mlp_3.17.`);
	return { name: basename(name), nodes, edges };
}

/** What is known by construction of a stored circuit's model; undefined of every other model. */
export const findKnown = (store: Store, name: string): NamedParts | undefined =>
	knownByConstruction(judgeDocument(store, name, store.circuits.load(name)));

function readEnd(text: string, place: string): string {
	if (/^logits?(?:\.|$)/.test(text)) return "logits";
	try {
		if (parseNodeId(text).kind === "feature") return withoutPosition(text);
	} catch {
		// What is no id at all is told as what is no feature.
	}
	throw new AppError(
		"bad-file",
		`${place} has “${text}”, which is no feature. Write mlp_3.17, or mlp_3.17 -> mlp_4.2.`,
		{
			text,
		},
	);
}
