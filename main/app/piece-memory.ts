import { assert } from "#shared/errors";
import type { PieceMemory } from "#shared/piece";
import type { App } from "./app.ts";
import { measureThresholds } from "./collected-features.ts";

/** Pieces from and to the store; thresholds, asked for as `thresholds:HASH:PERCENTILE`, from a collection in it. */
export function pieceMemory({ store }: Pick<App, "store">): PieceMemory {
	return {
		async recall(key) {
			const [kind, dictionary = "", percentile] = key.split(":");
			if (kind !== "thresholds") return store.pieces.recall(key);
			const values = measureThresholds(store, dictionary, Number(percentile));
			return values && { kind: "thresholds", values };
		},
		async keep(key, piece) {
			assert(piece.kind !== "block" && piece.kind !== "thresholds", `a ${piece.kind} is not kept under an address`);
			store.pieces.keep(key, piece);
		},
	};
}
