import { z } from "zod";

const text = z.string().max(1_000_000);

/** What is read of a graph's metadata; every schema version in use has these, and more that is only carried along. */
export const neuronpediaMetadata = z
	.object({
		slug: z.exactOptional(z.string().max(1000)),
		scan: z.exactOptional(z.string().max(1000)),
		prompt: z.exactOptional(text),
		prompt_tokens: z.exactOptional(z.array(text).max(1_000_000)),
		node_threshold: z
			.number()
			.nullish()
			.transform((value) => value ?? undefined),
	})
	.partial();

export type NeuronpediaMetadata = {
	readonly [K in keyof z.infer<typeof neuronpediaMetadata>]?: z.infer<typeof neuronpediaMetadata>[K];
};

/** The subgraph that a person made: pinned nodes, supernodes as `[label, id, …]`, positions as x y pairs in thousandths. */
export const neuronpediaQuery = z.object({
	pinnedIds: z.array(z.string().max(400)).max(100_000).catch([]),
	supernodes: z
		.array(z.array(z.string().max(1000)).min(1))
		.max(10_000)
		.catch([]),
	sg_pos: z.string().max(1_000_000).catch(""),
});

export type NeuronpediaQuery = z.infer<typeof neuronpediaQuery>;
