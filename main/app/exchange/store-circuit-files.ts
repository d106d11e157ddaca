import type { CircuitDocument, Label } from "#shared/document";
import { emptyDocument } from "#shared/document";
import { diffMerge } from "#shared/document-diff";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { isShowableReport } from "#shared/exchange/stored-shapes";
import { withoutPosition } from "#shared/node-id";
import type { CircuitRecords } from "../../store/circuit-exchange.ts";
import { cutName, findFreeName } from "../../store/circuit-name.ts";
import type { Store } from "../../store/store.ts";
import { makeLocal, mapPaths } from "./portable-paths.ts";

export interface StoredFile {
	/** Under which it is kept: its own where that was free. */
	readonly circuit: string;
	readonly nodes: number;
	readonly edges: number;
	/** What was not taken over as it is, in sentences. */
	readonly notes: readonly string[];
}

/**
 * Keeps circuits that came as files, all or none. A circuit that is there already is never touched. Paths are made those
 * of this machine, unless the store is one to be sent on.
 */
export function storeCircuitFiles(
	store: Store,
	files: readonly { readonly file: CircuitPayload; readonly name?: string }[],
	changePath: (path: string) => string = makeLocal,
): readonly StoredFile[] {
	const given = new Set<string>();
	const stored = files.map(({ file: whole, name }) => {
		const file = { ...whole, reports: whole.reports.filter(isShowableReport) };
		const lost = whole.reports.length - file.reports.length;
		const wanted = cleanName(name ?? file.name);
		const free = findFreeName(wanted, (taken) => given.has(taken) || store.circuits.has(taken));
		given.add(free);
		const { labels, note } = keepOwnLabels(store, file);
		const notes = [
			...(free === wanted ? [] : [`There is a circuit “${wanted}” already, so this one is called “${free}”.`]),
			...note,
			...(lost > 0 ? [`${lost} of its reports are in a form that cannot be shown, and were left out.`] : []),
		];
		return { free, file, labels, notes };
	});
	store.writeCircuits(
		stored.map(({ free, file, labels }) => ({
			name: free,
			records: buildRecords(file, labels, changePath),
			carried: listCarried(file),
		})),
	);
	return stored.map(({ free, file, notes }) => ({
		circuit: free,
		nodes: file.nodes.length,
		edges: file.edges.length,
		notes,
	}));
}

/** One visible line of at most so many letters. */
function cleanName(name: string): string {
	const line = name
		.toWellFormed()
		.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
		.trim();
	return cutName(line) || "circuit";
}

/** A label belongs to a dictionary's feature and is seen in all circuits: what is written here stays. */
function keepOwnLabels(
	store: Store,
	file: CircuitPayload,
): { readonly labels: readonly Label[]; readonly note: string[] } {
	const hashes = new Map(file.runs.flatMap((run) => run.dictionaries).map(({ site, hash }) => [site, hash]));
	const own = new Map([...new Set(hashes.values())].map((hash) => [hash, store.labels.ofDictionary(hash)]));
	const kept: string[] = [];
	const labels = file.document.labels.filter(({ id, text }) => {
		const [site = "", feature] = id.split(".");
		const mine = own.get(hashes.get(site) ?? "")?.get(Number(feature));
		if (mine !== undefined && mine !== text) kept.push(`${id} is “${mine}” here and “${text}” in the file`);
		return mine === undefined;
	});
	return {
		labels,
		note:
			kept.length === 0
				? []
				: [
						`Labels of yours were kept: ${kept.slice(0, 5).join("; ")}${kept.length > 5 ? `; and ${kept.length - 5} more` : ""}.`,
					],
	};
}

function buildRecords(
	file: CircuitPayload,
	labels: readonly Label[],
	changePath: (path: string) => string,
): CircuitRecords {
	const document: CircuitDocument = {
		...file.document,
		labels,
		nodes: file.nodes.map(({ id, kind, site, layer, feature, position, joined, activation, attribution, inflow }) => ({
			id,
			kind,
			...(site !== null && { site }),
			...(layer !== null && { layer }),
			...(feature !== null && { feature }),
			position,
			...(joined !== undefined && { joined }),
			activation,
			attribution,
			...(inflow !== undefined && { inflow }),
		})),
		edges: file.edges,
	};
	return {
		created_at: file.created_at,
		updated_at: file.updated_at,
		document,
		view: file.view,
		runs: file.runs.map((run) => ({ ...run, request: mapPaths(run.request, changePath) })),
		provenance: file.provenance,
		history: file.history ?? inventHistory(file, document),
		reports: file.reports.map((report) => ({ ...report, request: mapPaths(report.request, changePath) })),
	};
}

/** Where the history was left out: one step with everything, and one for each further run, so that it is known. */
function inventHistory(file: CircuitPayload, document: CircuitDocument): CircuitRecords["history"] {
	const whole = diffMerge(emptyDocument, document) as CircuitRecords["history"][number]["diff"];
	const runs = file.runs.length > 0 ? file.runs.map(({ id }) => id) : [null];
	return runs.map((run, i) => ({
		step: i + 1,
		run,
		label: i === 0 ? `Read from “${file.name}”, which came without its history` : "A trace of that circuit",
		at: file.updated_at,
		kind: "change",
		of_step: null,
		edit: null,
		diff: i === 0 ? whole : {},
	}));
}

function listCarried({ features, nodes, originals }: CircuitPayload): Iterable<readonly [string, CarriedKnowledge]> {
	const carried = new Map<string, CarriedKnowledge>();
	for (const { id, facts, published } of features)
		carried.set(id, { ...(facts && { facts }), ...(published && { published }) });
	for (const { id, fields } of originals) carried.set(id, { original: fields });
	for (const { id, token } of nodes) if (token !== undefined) carried.set(withoutPosition(id), { token });
	return carried;
}
