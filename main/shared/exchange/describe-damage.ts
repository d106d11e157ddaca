import type { z } from "zod";

/** Names of lists, as what one of them is called. */
const singular: Readonly<Record<string, string>> = {
	nodes: "node",
	edges: "edge",
	runs: "run",
	history: "step of the history",
	reports: "report",
	features: "feature",
	dictionaries: "dictionary",
	originals: "original",
	places: "place",
	groups: "group",
	notes: "note",
	labels: "label",
	pins: "pin",
};

/** What in a file is not as it must be, in words and without its end: “activation” of node 3 is missing. */
export function describeDamage({ issues }: z.ZodError, file: unknown): string {
	const [issue] = issues;
	if (!issue) return "something in it is not as it must be";
	const place = describePlace(issue.path);
	switch (issue.code) {
		case "invalid_type":
			if (find(file, issue.path) === undefined) return `${place} is missing`;
			return `${place} is no ${kinds[issue.expected] ?? issue.expected}`;
		case "invalid_value":
			return `${place} is none of ${issue.values.slice(0, 12).join(", ")}`;
		case "too_big":
			return `${place} is larger than it can be`;
		case "too_small":
			return `${place} is smaller than it can be`;
		default:
			return `${place} is not in a form that can be read`;
	}
}

const kinds: Readonly<Record<string, string>> = {
	array: "list",
	int: "whole number",
	object: "object",
	record: "object",
	string: "text",
	boolean: "yes or no",
	null: "null",
};

/** From the inside out, with lists counted from 1: “x” of place 2 of “document”. */
function describePlace(path: readonly PropertyKey[]): string {
	const parts: string[] = [];
	for (let i = 0; i < path.length; i++) {
		const key = String(path[i]).slice(0, 60);
		const next = path[i + 1];
		if (typeof next === "number") {
			parts.unshift(`${singular[key] ?? `“${key}”`} ${next + 1}`);
			i++;
		} else parts.unshift(typeof path[i] === "number" ? `entry ${Number(path[i]) + 1}` : `“${key}”`);
	}
	return parts.length > 0 ? parts.slice(0, 5).join(" of ") : "the file";
}

function find(value: unknown, path: readonly PropertyKey[]): unknown {
	return path.reduce<unknown>(
		(inside, key) => (typeof inside === "object" && inside !== null ? Reflect.get(inside, key) : undefined),
		value,
	);
}
