import type { FeatureFacts } from "../feature-facts.ts";
import type { PublishedLabel } from "../published.ts";

/** What came with a circuit about one of its features or tokens, or about the file that it was. */
export interface CarriedKnowledge {
	readonly facts?: FeatureFacts;
	readonly published?: PublishedLabel;
	/** Text of a token or logit. */
	readonly token?: string;
	/** Fields of another program's file that have no place here, so that they can be written again as they were. */
	readonly original?: Readonly<Record<string, unknown>>;
}
