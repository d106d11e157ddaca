import { formatNodeId } from "#shared/node-id";
import { seededRandom, shuffle } from "#shared/random";
import type { SiteName } from "#shared/site";
import type { ValidationRequest } from "#shared/validation";
import type { Dictionary } from "../sae/dictionary.ts";
import { groupPins, type MethodInputs } from "./method-inputs.ts";
import type { FeatureSet } from "./spliced-model.ts";
import type { Variants } from "./validation-figures.ts";

export type Pinned = ReadonlyMap<Dictionary, readonly number[]>;

/** With a baseline of zero and errors kept, what is beside the circuit alone is the same as knocking the circuit out, which needs no more than its own columns. */
export const isKnockOut = ({ baseline, errors }: Pick<ValidationRequest, "baseline" | "errors">): boolean =>
	baseline === "zero" && errors === "keep";

export const listPins = (pinned: Pinned): readonly string[] =>
	[...pinned].flatMap(([{ site }, features]) =>
		features.map((feature) => formatNodeId({ kind: "feature", site, feature })),
	);

/** Features by site. */
export const groupBySite = (pinned: Pinned): ReadonlyMap<SiteName, ReadonlySet<number>> =>
	new Map([...pinned].map(([{ siteName }, features]) => [siteName, new Set(features)]));

export const keepOnly = (
	pins: readonly string[],
	{ dictionaries }: Pick<MethodInputs, "dictionaries">,
): FeatureSet => ({
	only: groupBySite(groupPins(pins, dictionaries)),
});

/** Nothing, the circuit, what is beside it, the circuit without each of its features, and random circuits of its size. */
export function listVariants(request: ValidationRequest, inputs: MethodInputs, pinned: Pinned): Variants {
	const names = ["empty", "circuit"];
	const circuit = groupBySite(pinned);
	const sets: FeatureSet[] = [{ only: new Map() }, { only: circuit }];
	if (!isKnockOut(request)) {
		names.push("complement");
		sets.push({ allBut: circuit });
	}
	const pins = listPins(pinned);
	if (request.leaveOneOut)
		for (const pin of pins) {
			names.push(`without ${pin}`);
			sets.push(
				keepOnly(
					pins.filter((other) => other !== pin),
					inputs,
				),
			);
		}
	const random = seededRandom(request.seed);
	for (let i = 0; i < request.controls; i++) {
		names.push(`control ${i}`);
		sets.push(drawControl(pinned, random));
	}
	return { names, sets };
}

function drawControl(pinned: Pinned, random: () => number): FeatureSet {
	const drawn = [...pinned].map(([{ siteName, dSae }, features]) => {
		const others = Array.from({ length: dSae }, (_, f) => f).filter((f) => !features.includes(f));
		return [siteName, new Set(shuffle(others, random).slice(0, features.length))] as const;
	});
	return { only: new Map(drawn) };
}
