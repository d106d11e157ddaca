import { createHash } from "node:crypto";
import type { z } from "zod";
import type { Piece, PieceMemory, pieceForms, StoredPiece } from "#shared/piece";

/** What one step of a method leaves behind: its name in addresses, and how it lies in a stored piece. */
export interface PieceKind<Value> {
	readonly name: string;
	/** Raised when the step computes other numbers than before: what is stored of older versions is not used. */
	readonly version: number;
	/** Undefined where a piece is none of this kind. */
	read(piece: Piece): Value | undefined;
	write(value: Value): StoredPiece;
}

/** Arrays of numbers, which the store keeps as they are. */
function arrays<K extends "activations" | "attributions" | "edges">(
	kind: K,
	version: number,
): PieceKind<Extract<StoredPiece, { kind: K }>> {
	type Value = Extract<StoredPiece, { kind: K }>;
	return {
		name: kind,
		version,
		read: (piece) => (piece.kind === kind ? (piece as Value) : undefined),
		write: (value) => value,
	};
}

/** JSON of a form that the store checks when it comes back. */
function json<K extends keyof typeof pieceForms>(kind: K, version: number): PieceKind<z.infer<(typeof pieceForms)[K]>> {
	type Value = z.infer<(typeof pieceForms)[K]>;
	return {
		name: kind,
		version,
		read: (piece) => (piece.kind === kind ? ((piece as { readonly body: unknown }).body as Value) : undefined),
		write: (body) => ({ kind, body }) as StoredPiece,
	};
}

/** Every kind that is kept under an address of its own. */
export const pieceKinds = {
	/** Sparse features of one dictionary on one prompt. */
	activations: arrays("activations", 3),
	/** What these contribute to one metric. */
	attributions: arrays("attributions", 3),
	/** Direct effects into the chosen nodes of one site. */
	edges: arrays("edges", 4),
	ablation: json("ablation", 3),
	/** Between the features of two dictionaries. */
	jacobian: json("jacobian", 3),
	/** Of one sequence, by set of kept features: its loss. */
	spliced: json("spliced", 3),
	/** Activations over a corpus, which are added to block by block. */
	collection: { name: "collection", version: 3 },
} as const;

/** The address of a piece: a hash of everything that decides its numbers. */
export function pieceKey({ name, version }: Pick<PieceKind<never>, "name" | "version">, ...parts: readonly unknown[]) {
	return createHash("sha256")
		.update(JSON.stringify([version, name, ...parts]))
		.digest("hex")
		.slice(0, 32);
}

/** Pieces of one run: each is recalled where it is known, else computed and kept, and counted. */
export class RecordedPieces {
	readonly #memory: PieceMemory;
	#pieces = 0;
	#reused = 0;

	constructor(memory: PieceMemory) {
		this.#memory = memory;
	}

	/** Pieces that were needed so far, and those of them that were known. */
	get counts(): { readonly pieces: number; readonly reused: number } {
		return { pieces: this.#pieces, reused: this.#reused };
	}

	/** `parts` are all that decides the numbers of `compute`. */
	async of<Value>(
		kind: PieceKind<Value>,
		parts: readonly unknown[],
		compute: () => Promise<Value> | Value,
	): Promise<Value> {
		this.#pieces++;
		const key = pieceKey(kind, ...parts);
		const piece = await this.#memory.recall(key);
		const known = piece && kind.read(piece);
		if (known !== undefined) {
			this.#reused++;
			return known;
		}
		const made = await compute();
		await this.#memory.keep(key, kind.write(made));
		return made;
	}
}
