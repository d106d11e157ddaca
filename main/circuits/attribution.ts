import type { AttributionsPiece } from "#shared/piece";
import { dotRows, type SiteActivity } from "./site-activity.ts";

/**
 * Attributions at one site (Marks et al. 2024): `∂m/∂a · a` with a zero baseline, `∂m/∂a · (a_patch − a)` with a pair;
 * errors `g · e` or `g · (e_patch − e)`. Entries are those of the site's contributions.
 *
 * `slopes`, one for each entry, replace `∂m/∂a` at the prompt itself (integrated gradients).
 */
export function attributeSite(
	activity: SiteActivity,
	gradient: Float32Array,
	hasPatch: boolean,
	slopes: Float32Array,
): AttributionsPiece {
	const { contributions, tokens, errorContributions, dictionary } = activity;
	const sign = hasPatch ? -1 : 1;
	return {
		kind: "attributions",
		positions: contributions.positions,
		features: contributions.features,
		attributions: contributions.activations.map((amount, i) => sign * (slopes[i] as number) * amount),
		errorAttributions: Float32Array.from(
			{ length: tokens },
			(_, t) => sign * dotRows(gradient, errorContributions, t, dictionary.dIn),
		),
	};
}
