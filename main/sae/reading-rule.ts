import { createHash } from "node:crypto";
import { shortName } from "#shared/catalogue";
import type { Conventions, Decided, ReadingRule } from "#shared/conventions";
import { isInStream, isNormalised } from "#shared/site";
import type { Published } from "./catalogue-match.ts";
import type { DictionaryConfig } from "./dictionary-config.ts";
import { mayBeCentred } from "./idle-conventions.ts";

/** What decides how a dictionary is read, the first that has an opinion. */
export interface RuleSources {
	readonly config: DictionaryConfig;
	/** Of the catalogue; it wins over the configuration only where it is certain. */
	readonly published?: Published | undefined;
	readonly conventions?: Conventions | undefined;
}

/**
 * Decides how a dictionary reads the model. What holds the residual stream, or is added to it, can be centred; what holds
 * it normalised can be read by weights that leave its mean out (TransformerLens's `fold_ln`), which its files say; only
 * heads have value biases; a factor is used only where one is asked for.
 */
export function decideRule({ config, published, conventions = {} }: RuleSources): ReadingRule {
	const { site } = config;
	const choose = <T>(usual: T, asked: T | undefined, released: T | undefined, stated: T | undefined): Decided<T> => {
		if (asked !== undefined) return { value: asked, why: "option" };
		if (published?.certain && released !== undefined) return { value: released, why: "release" };
		if (stated !== undefined) return { value: stated, why: "config" };
		return released === undefined ? { value: usual, why: "default" } : { value: released, why: "guess" };
	};
	const fold = config.valueBiases === undefined || config.valueBiases === "kept" ? "folded" : config.valueBiases;
	const center = conventions.center && conventions.center === "on";
	const biases = conventions.valueBiases && (conventions.valueBiases === "folded" ? fold : "kept");
	return {
		centred: isInStream(site)
			? choose(false, mayBeCentred(config) ? center : undefined, published?.release.rule.centred, config.centred)
			: isNormalised(site)
				? choose(false, undefined, undefined, config.centred)
				: { value: false, why: "default" },
		valueBiases:
			site.kind === "z"
				? choose("kept", biases, published?.release.rule.valueBiases, config.valueBiases)
				: { value: "kept", why: "default" },
		normFactor: config.needsNormFactor
			? choose<number | null>(null, conventions.normFactor, published?.dictionary.normFactor, config.normFactor)
			: { value: 1, why: "default" },
		bos: decideBos(config, published),
		...(published && { release: shortName(published.release) }),
	};
}

/** `prepend_bos` is rarely wrong where it is stated; where it is not, the release knows better than SAELens's default. */
function decideBos({ prependBos }: DictionaryConfig, published: Published | undefined): Decided<boolean> {
	if (prependBos !== undefined) return { value: prependBos, why: "config" };
	if (!published) return { value: true, why: "default" };
	return { value: published.release.rule.bos, why: published.certain ? "release" : "guess" };
}

/**
 * A dictionary's hash with what decides its numbers beside its files: unchanged where these alone decide, so that results
 * are known by it wherever the files lie.
 */
export function hashWithRule(hash: string, rule: ReadingRule, config: DictionaryConfig): string {
	const values = ({ centred, valueBiases, normFactor }: ReadingRule) =>
		JSON.stringify([centred.value, valueBiases.value, normFactor.value]);
	const found = values(rule);
	if (found === values(decideRule({ config }))) return hash;
	return createHash("sha256").update(`${hash} ${found}`).digest("hex").slice(0, hash.length);
}
