import type { Circuit } from "./circuit.ts";
import { parseNodeId, withoutPosition } from "./node-id.ts";
import { siteName } from "./site.ts";
import type { RunRequest } from "./trace-request.ts";

/**
 * What is known by construction of the model that was written by hand (`main/reference/ground-truth.ts`): where each
 * dictionary's features read the residual stream, and which of them answer a prompt "… x y … x".
 */
export const letters = [..."abcdefghijkl"];
export const symbols = [...letters, "<|endoftext|>"];
export const contextLength = 16;
/** Of the model's files, which are the same to the last bit wherever they are written. */
export const knownModelHash = "4be7255da675a7b7";

/** The stream's tables of one-hot rows. */
export type Table = "token" | "before" | "next" | "position";

/** Sites of the dictionaries and the tables that each one's features read, in their order. */
export const knownDictionaries: readonly {
	readonly hook: string;
	readonly site: string;
	readonly tables: readonly Table[];
	readonly constant: boolean;
}[] = [
	{ hook: "blocks.0.hook_attn_out", site: "attn_0", tables: ["before"], constant: false },
	{ hook: "blocks.0.hook_resid_post", site: "resid_0", tables: ["token", "before", "position"], constant: true },
	{ hook: "blocks.1.hook_attn_out", site: "attn_1", tables: ["next"], constant: false },
	{
		hook: "blocks.1.hook_resid_post",
		site: "resid_1",
		tables: ["token", "before", "next", "position"],
		constant: true,
	},
];

export const sizeOfTable = (table: Table): number => (table === "position" ? contextLength : symbols.length);

/** Number of the feature that reads one row of a table, at a site. */
export function featureOf(site: string, table: Table, row: number): number {
	const found = knownDictionaries.find((one) => one.site === site)?.tables ?? [];
	return found.slice(0, found.indexOf(table)).reduce((sum, before) => sum + sizeOfTable(before), 0) + row;
}

/** The features that answer, in the order in which the answer comes about. */
export interface KnownFeatures {
	readonly copied: string;
	readonly key: string;
	readonly value: string;
	readonly query: string;
	readonly found: string;
	readonly next: string;
}

/** Of letters `x` at `position` (the text begins at 1), `y` behind it, and `x` again at `end`. */
export function knownFeatures(x: number, y: number, position: number, end: number): KnownFeatures {
	const id = (site: string, table: Table, row: number, at: number) => `${site}.${featureOf(site, table, row)}@${at}`;
	return {
		copied: id("attn_0", "before", x, position + 1),
		key: id("resid_0", "before", x, position + 1),
		value: id("resid_0", "token", y, position + 1),
		query: id("resid_0", "token", x, end),
		found: id("attn_1", "next", y, end),
		next: id("resid_1", "next", y, end),
	};
}

/** Where attention looks that finds nothing that fits: it is in the model, and no part of the answer. */
const knownSink = `resid_0.${featureOf("resid_0", "token", letters.length)}@0`;

/** What was traced, as its run says. */
export interface JudgedRun {
	readonly modelHash: string | null;
	readonly request: RunRequest;
	readonly metricName: string;
	/** With the target of cross-entropy. */
	readonly tokens: readonly string[];
	readonly dictionaries: readonly { readonly site: string }[];
}

/** How what a method found compares with what is known. */
export interface KnownVerdict {
	readonly method: RunRequest["method"];
	/** A Jacobian has no more to show than what passes at one position. */
	readonly of: "features" | "effects";
	readonly expected: readonly string[];
	readonly missing: readonly string[];
	/** What else is above the threshold, by its share of the largest, which comes first. */
	readonly others: readonly { readonly id: string; readonly share: number; readonly isSink: boolean }[];
}

/** Share of the largest above which something was found. */
const threshold = 0.01;

/** Undefined where nothing is known: another model, a prompt that asks for no induction, a trace from one node. */
export function judgeKnown(run: JudgedRun, circuit: Circuit): KnownVerdict | undefined {
	const { request } = run;
	if (run.modelHash !== knownModelHash || request.method === "imported") return undefined;
	if ("from" in request && request.from !== undefined) return undefined;
	const known = readKnown(run);
	if (!known) return undefined;
	if (request.method === "jacobian") return judgeEffects(known[0] as KnownFeatures, circuit);
	// Ablation takes a feature away wherever it is active, and a consensus knows no positions.
	const nameOf = request.method === "gradient" ? (id: string) => id : withoutPosition;
	const least = request.method === "consensus" ? request.atLeast : 1;
	const traced = new Set(run.dictionaries.map(({ site }) => site));
	const counts = new Map<string, number>();
	for (const features of known)
		for (const id of Object.values<string>({ ...features })) {
			if (traced.has(siteOf(id))) counts.set(nameOf(id), (counts.get(nameOf(id)) ?? 0) + 1);
		}
	const expected = [...counts].flatMap(([id, count]) => (count >= least ? [id] : []));
	const sizes = new Map<string, number>();
	for (const { id, kind, attribution } of circuit.nodes)
		if (kind === "feature") sizes.set(nameOf(id), Math.max(sizes.get(nameOf(id)) ?? 0, Math.abs(attribution)));
	return { method: request.method, of: "features", ...compare(expected, sizes, nameOf(knownSink)) };
}

const siteOf = (id: string) => id.slice(0, id.indexOf("."));

/** What answers each of a run's prompts; undefined where one asks for something else. */
function readKnown({ request, metricName, tokens }: JudgedRun): readonly KnownFeatures[] | undefined {
	const more = "morePrompts" in request ? request.morePrompts : [];
	const texts = [tokens, ...more.map((prompt) => ["", ...prompt])];
	const known = texts.map((text) => readInduction(text, metricName));
	return known.every((features) => features !== undefined) ? known : undefined;
}

/** A text of letters behind `<|endoftext|>` whose last has been there once before, and is asked for what followed. */
function readInduction(tokens: readonly string[], metricName: string): KnownFeatures | undefined {
	const isGiven = metricName === "cross_entropy";
	const text = (isGiven ? tokens.slice(0, -1) : tokens).slice(1).map((token) => letters.indexOf(token));
	const x = text.at(-1) ?? -1;
	const first = text.indexOf(x);
	if (text.includes(-1) || first === text.length - 1 || text.indexOf(x, first + 1) !== text.length - 1)
		return undefined;
	const y = text[first + 1] as number;
	const target = isGiven
		? tokens.at(-1)
		: /^(?:ablation, )?(?:logit|logprob|logit_difference)\((.)[,)]/.exec(metricName)?.[1];
	if (metricName !== "jacobian" && target !== letters[y]) return undefined;
	return knownFeatures(x, y, first + 1, text.length);
}

/** At one position the query alone changes another feature; what passes through unchanged is no finding. */
function judgeEffects({ query, next }: KnownFeatures, { edges }: Circuit): KnownVerdict {
	const sizes = new Map<string, number>();
	for (const { source, target, weight } of edges)
		if (rowOf(source) !== rowOf(target)) sizes.set(`${source} → ${target}`, Math.abs(weight));
	return { method: "jacobian", of: "effects", ...compare([`${query} → ${next}`], sizes, knownSink) };
}

/** Table and row that a feature reads, whatever its site. */
function rowOf(id: string): string {
	const ref = parseNodeId(id);
	if (ref.kind !== "feature") return id;
	const site = siteName(ref.site);
	for (const table of knownDictionaries.find((one) => one.site === site)?.tables ?? []) {
		const row = ref.feature - featureOf(site, table, 0);
		if (row >= 0 && row < sizeOfTable(table)) return `${table} ${row}`;
	}
	return id;
}

function compare(expected: readonly string[], sizes: ReadonlyMap<string, number>, sink: string) {
	const largest = Math.max(0, ...sizes.values());
	const isFound = (id: string) => (sizes.get(id) ?? 0) > threshold * largest;
	const others = [...sizes]
		.filter(([id]) => isFound(id) && !expected.includes(id))
		.map(([id, size]) => ({ id, share: size / largest, isSink: id === sink }))
		.sort((a, b) => b.share - a.share);
	return { expected, missing: expected.filter((id) => !isFound(id)), others };
}

/** "6 of 6 features found, no other above 1%". */
export function describeVerdict({ of, expected, missing, others }: KnownVerdict): string {
	const found = expected.length - missing.length;
	const what = of === "features" ? "features" : expected.length === 1 ? "effect between features" : "effects";
	const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
	const show = (some: KnownVerdict["others"]) => some.map(({ id, share }) => `${id} (${percent(share)})`).join(", ");
	const strangers = others.filter(({ isSink }) => !isSink);
	const sink = others.filter(({ isSink }) => isSink);
	const rest =
		strangers.length > 0
			? `${strangers.length} ${strangers.length === 1 ? "other" : "others"} above ${percent(threshold)}: ${show(strangers.slice(0, 5))}${strangers.length > 5 ? ", …" : ""}`
			: `no other above ${100 * threshold}%`;
	return [
		`${found} of ${expected.length} ${what} found${missing.length > 0 ? ` (not ${missing.join(", ")})` : ""}`,
		`, ${rest}`,
		sink.length > 0
			? ` ${strangers.length > 0 ? "and" : "but"} the token where attention rests, which the construction has: ${show(sink)}`
			: "",
	].join("");
}
