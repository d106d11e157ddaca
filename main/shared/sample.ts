import type { Conventions } from "./conventions.ts";
import type { FeatureFacts } from "./feature-facts.ts";
import type { SiteName } from "./site.ts";
import type { ProviderChoice } from "./trace-request.ts";

/** What is asked of a sample text: some features of one dictionary. Plain data. */
export interface SampleRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions;
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	readonly corpus: string;
	readonly site: SiteName;
	readonly features: readonly number[];
	/** Sites that will be asked for next: one pass of the model serves as many as memory holds. */
	readonly nextSites: readonly SiteName[];
	/** Tokens of a sequence, and of the whole sample at most. */
	readonly maxLength: number;
	readonly maxTokens: number;
	readonly contexts: number;
	readonly view: number;
}

export interface SampleResult {
	/** Hash of the dictionary. */
	readonly dictionary: string;
	/** Tokens that were read. */
	readonly tokens: number;
	/** Without words; a feature that was never active has no contexts. */
	readonly facts: readonly FeatureFacts[];
}
