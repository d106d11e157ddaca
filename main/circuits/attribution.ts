import type { AttributionsPiece } from "#shared/piece";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { columnOf, dotRows, type SiteActivity } from "./site-activity.ts";

/**
 * Attributions at one site (Marks et al. 2024): `∂m/∂a · a` with a zero baseline, `∂m/∂a · (a_patch − a)` with a pair;
 * errors `g · e`. Entries are the features active on either prompt, by position and then by feature.
 *
 * `slopes [T, n]` replaces `∂m/∂a` at the prompt itself (integrated gradients).
 */
export function attributeSite(
	activity: SiteActivity,
	gradient: Float32Array,
	patch: SparseActivations | undefined,
	slopes: Float32Array,
): AttributionsPiece {
	const { sparse, columns, slice, tokens, errors, dictionary } = activity;
	const n = slice.features.length;
	const changes = new Map<number, number>();
	const key = (position: number, feature: number) => position * n + columnOf(columns, feature);
	for (let i = 0; i < sparse.features.length; i++)
		changes.set(
			key(sparse.positions[i] as number, sparse.features[i] as number),
			(patch ? -1 : 1) * (sparse.activations[i] as number),
		);
	for (let i = 0; i < (patch?.features.length ?? 0); i++) {
		const at = key(patch?.positions[i] as number, patch?.features[i] as number);
		changes.set(at, (changes.get(at) ?? 0) + (patch?.activations[i] as number));
	}
	const keys = [...changes.keys()].sort((a, b) => a - b);
	return {
		kind: "attributions",
		positions: Int32Array.from(keys, (at) => Math.floor(at / n)),
		features: Int32Array.from(keys, (at) => slice.features[at % n] as number),
		attributions: Float32Array.from(keys, (at) => (slopes[at] as number) * (changes.get(at) as number)),
		errorAttributions: Float32Array.from({ length: tokens }, (_, t) => dotRows(gradient, errors, t, dictionary.dIn)),
	};
}
