import { EdgeBuilder } from "#shared/edge-list";
import { assert } from "#shared/errors";
import {
	type ActivationsPiece,
	type AttributionsPiece,
	type EdgesPiece,
	pieceForms,
	type ReportPiece,
	type StoredPiece,
} from "#shared/piece";
import { packJson, packNumbers, unpackDoubles, unpackFloats, unpackIntegers, unpackJson } from "./blobs.ts";
import type { Database } from "./sqlite.ts";

interface ActivationRow {
	readonly positions: Uint8Array;
	readonly features: Uint8Array;
	readonly activations: Uint8Array;
	readonly error_norms: Uint8Array;
}

/** Content-addressed parts of traces. A key that is there already keeps what it has: same key, same numbers. */
export class Pieces {
	readonly #findActivations;
	readonly #findResult;
	readonly #saveActivations;
	readonly #saveResult;

	constructor(database: Database) {
		this.#findActivations = database.prepare<[string], ActivationRow>(
			"SELECT positions, features, activations, error_norms FROM activation WHERE key = ?",
		);
		this.#findResult = database.prepare<[string], { kind: string; body: Uint8Array }>(
			"SELECT kind, body FROM result WHERE key = ?",
		);
		this.#saveActivations = database.prepare(
			"INSERT OR IGNORE INTO activation (key, positions, features, activations, error_norms) VALUES (?, ?, ?, ?, ?)",
		);
		this.#saveResult = database.prepare("INSERT OR IGNORE INTO result (key, kind, body) VALUES (?, ?, ?)");
	}

	recall(key: string): StoredPiece | undefined {
		const row = this.#findActivations.get(key);
		if (row) return unpackActivations(row);
		const result = this.#findResult.get(key);
		if (!result) return undefined;
		if (result.kind === "edges") return unpackEdges(result.body);
		return result.kind === "attributions" ? unpackAttributions(result.body) : unpackReport(result.kind, result.body);
	}

	keep(key: string, piece: StoredPiece): void {
		assert(isEven(piece), `the arrays of the ${piece.kind} piece ${key} are equally long`);
		if (piece.kind === "activations")
			this.#saveActivations.run(
				key,
				packNumbers(piece.positions),
				packNumbers(piece.features),
				packNumbers(piece.activations),
				packNumbers(piece.errorNorms),
			);
		else this.#saveResult.run(key, piece.kind, packResult(piece));
	}
}

function packResult(piece: Exclude<StoredPiece, ActivationsPiece>): Uint8Array {
	switch (piece.kind) {
		case "edges":
			return packEdges(piece);
		case "attributions":
			return packAttributions(piece);
		default:
			return packJson(piece.body);
	}
}

function unpackActivations(row: ActivationRow): ActivationsPiece {
	return {
		kind: "activations",
		positions: unpackIntegers(row.positions),
		features: unpackIntegers(row.features),
		activations: unpackFloats(row.activations),
		errorNorms: unpackFloats(row.error_norms),
	};
}

/** Undefined where it has no form that there is. What older versions stored is told by its form alone. */
function unpackReport(stored: string, packed: Uint8Array): ReportPiece | undefined {
	const body = unpackJson(packed);
	for (const [kind, form] of Object.entries(pieceForms))
		if ((stored === kind || stored === "report") && form.safeParse(body).success) return { kind, body } as ReportPiece;
	return undefined;
}

function packAttributions({ positions, features, attributions, errorAttributions }: AttributionsPiece): Uint8Array {
	const parts = [Int32Array.of(positions.length), positions, features, attributions, errorAttributions];
	return Buffer.concat(parts.map(packNumbers));
}

function unpackAttributions(body: Uint8Array): AttributionsPiece {
	const count = unpackIntegers(body.subarray(0, 4))[0] as number;
	const part = (index: number) => body.subarray(4 + 4 * count * index, 4 + 4 * count * (index + 1));
	return {
		kind: "attributions",
		positions: unpackIntegers(part(0)),
		features: unpackIntegers(part(1)),
		attributions: unpackFloats(part(2)),
		errorAttributions: unpackFloats(body.subarray(4 + 12 * count)),
	};
}

/** Weights as they are, behind their number; then ids and numbers of them, which compress well. */
function packEdges({ ids, sources, targets, weights, inflow }: EdgesPiece): Uint8Array {
	return Buffer.concat([
		packNumbers(Int32Array.of(weights.length)),
		packNumbers(weights),
		packJson({
			...{ ids, sources: Array.from(sources), targets: Array.from(targets) },
			inflow: { ids: inflow.ids, sums: Array.from(inflow.sums) },
		}),
	]);
}

function unpackEdges(body: Uint8Array): EdgesPiece {
	const idsAt = 4 + 8 * (unpackIntegers(body.subarray(0, 4))[0] as number);
	const weights = unpackDoubles(body.subarray(4, idsAt));
	const ends = unpackJson(body.subarray(idsAt)) as PackedEnds | readonly [readonly string[], readonly string[]];
	if ("ids" in ends)
		return {
			kind: "edges",
			ids: ends.ids,
			sources: Uint32Array.from(ends.sources),
			targets: Uint32Array.from(ends.targets),
			weights,
			inflow: { ids: ends.inflow?.ids ?? [], sums: Float64Array.from(ends.inflow?.sums ?? []) },
		};
	// Earlier versions wrote the ids of both ends of every edge.
	const edges = new EdgeBuilder();
	for (const [i, source] of ends[0].entries()) edges.add(source, ends[1][i] as string, weights[i] as number);
	return { kind: "edges", ...edges.build().columns, inflow: { ids: [], sums: new Float64Array(0) } };
}

interface PackedEnds {
	readonly ids: readonly string[];
	readonly sources: readonly number[];
	readonly targets: readonly number[];
	/** Absent in what earlier versions wrote. */
	readonly inflow?: { readonly ids: readonly string[]; readonly sums: readonly number[] };
}

function isEven(piece: StoredPiece): boolean {
	switch (piece.kind) {
		case "activations":
			return haveLength(piece.positions.length, piece.features, piece.activations);
		case "attributions":
			return haveLength(piece.positions.length, piece.features, piece.attributions);
		case "edges":
			return haveLength(piece.weights.length, piece.sources, piece.targets);
		default:
			return true;
	}
}

function haveLength(length: number, ...arrays: readonly { readonly length: number }[]): boolean {
	return arrays.every((array) => array.length === length);
}
