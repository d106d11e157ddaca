import type { Conventions } from "#shared/conventions";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { SiteName } from "#shared/site";

/** Features to be looked up, and where their model and dictionaries are. */
export interface WantedFeatures {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions | undefined;
	/** Hash of the dictionary at each site. */
	readonly dictionaries: ReadonlyMap<string, { readonly hash: string }>;
	readonly features: readonly { readonly site: SiteName; readonly feature: number }[];
	/** What came with the circuit from another machine, by id without position. */
	readonly carried?: ReadonlyMap<string, CarriedKnowledge>;
}
