import { z } from "zod";
import type { DocumentDiff } from "../document-diff.ts";
import { EdgeUpdates } from "../edge-diff.ts";
import { EdgeList } from "../edge-list.ts";
import { siteKinds } from "../site.ts";

const id = z.string().min(1).max(400);
const number = z.number().finite();
/** Ten thousand screens away: a drawing that reaches further could neither be seen nor printed. */
const coordinate = z.number().min(-1e7).max(1e7);

const node = z.object({
	id,
	kind: z.enum(["feature", "error", "token", "logit"]),
	site: z.exactOptional(z.enum(siteKinds)),
	layer: z.exactOptional(z.number().int()),
	feature: z.exactOptional(z.number().int()),
	position: z.number().int(),
	joined: z.exactOptional(z.number().int().min(1)),
	activation: number,
	attribution: number,
	inflow: z.exactOptional(z.object({ features: number, errors: number, tokens: number })),
});
const edge = z.object({ source: id, target: id, weight: number });
/** Columns, or records one by one. */
const edges = z.union([
	z
		.instanceof(EdgeList)
		.refine(({ ids, weights }) => ids.every((one) => id.safeParse(one).success) && weights.every(Number.isFinite)),
	z.array(edge),
]);
const edgeUpdates = z.union([
	z
		.instanceof(EdgeUpdates)
		.refine(({ after, before }) => edges.safeParse(after).success && before.every(Number.isFinite)),
	z.array(z.tuple([edge, edge])),
]);
export const place = z.object({ id, x: coordinate, dy: coordinate });
const hidden = z.object({ id });
const group = z.object({ id, name: z.string().max(200), members: z.array(id), collapsed: z.boolean() });
const note = z.object({ id, text: z.string().max(20_000), x: coordinate, y: coordinate });
const link = z.object({ source: id, target: id, text: z.string().max(400) });
const pin = z.object({ id, order: number });
const pinSet = z.object({ id, members: z.array(id) });
const storyStep = z.object({ id, order: number, path: z.array(id).max(1000), text: z.string().max(4000) });
const label = z.object({ id, text: z.string().max(400) });

function change<T extends z.ZodType>(record: T) {
	return z.exactOptional(
		z.object({
			added: z.array(record),
			updated: z.array(z.tuple([record, record])),
			removed: z.array(record),
		}),
	);
}

/** What people add to a circuit, by collection. */
export const documentCollections = {
	places: z.array(place),
	hidden: z.array(hidden),
	groups: z.array(group),
	notes: z.array(note),
	links: z.array(link),
	pins: z.array(pin),
	pinSets: z.array(pinSet),
	story: z.array(storyStep),
	labels: z.array(label),
};

/** A change of a circuit, as files hold it. */
export const documentDiff = z.object({
	nodes: change(node),
	edges: change(edge),
	places: change(place),
	hidden: change(hidden),
	groups: change(group),
	notes: change(note),
	links: change(link),
	pins: change(pin),
	pinSets: change(pinSet),
	story: change(storyStep),
	labels: change(label),
});

/** An edit as any window may send it; what it may change of a circuit is decided record by record. */
export const editDiff: z.ZodType<DocumentDiff> = documentDiff.extend({
	edges: z.exactOptional(z.object({ added: edges, updated: edgeUpdates, removed: edges })),
});
