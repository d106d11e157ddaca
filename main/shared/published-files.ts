import type { CatalogueDictionary, CatalogueRelease } from "./catalogue.ts";

/** A part of something published: the first of its ways that is there is taken, and one of them must be. */
export interface PublishedPart {
	readonly ways: readonly PublishedWay[];
	/** Taken where it is there, and not missed where it is not. */
	readonly optional?: true;
}

/** Files that belong together, or pieces of one file with the index that names them. */
export type PublishedWay = readonly string[] | { readonly index: string };

/** A language model: each thing in one format only, the better one first. */
export const modelParts: readonly PublishedPart[] = [
	{ ways: [["config.json"]] },
	{ ways: [["tokenizer_config.json"]], optional: true },
	// Older repositories have the tokenizer in two files.
	{ ways: [["tokenizer.json"], ["vocab.json", "merges.txt"]] },
	{
		ways: [
			["model.safetensors"],
			{ index: "model.safetensors.index.json" },
			["pytorch_model.bin"],
			{ index: "pytorch_model.bin.index.json" },
		],
	},
];

/** A dictionary of a release, in its repository. */
export function dictionaryParts(
	{ format }: Pick<CatalogueRelease, "format">,
	{ path }: Pick<CatalogueDictionary, "path">,
): readonly PublishedPart[] {
	if (format === "early-hook-z") return [{ ways: [[path.replace(/\.pt$/, "_cfg.json"), path]] }];
	return [
		{ ways: [[`${path}/cfg.json`]] },
		{ ways: [[`${path}/sparsity.safetensors`]], optional: true },
		{ ways: [[`${path}/sae_weights.safetensors`]] },
	];
}

/** Where files may lie: a repository on the hub, or a snapshot of it on this machine. */
export interface PublishedPlace {
	has(path: string): boolean;
	/** Files that an index names. */
	pieces(index: string): readonly string[];
}

/** Which files of a place make something, and what the place lacks for it. */
export function chooseFiles(
	parts: readonly PublishedPart[],
	place: PublishedPlace,
): { readonly files: readonly string[]; readonly missing: readonly string[] } {
	const files: string[] = [];
	const missing: string[] = [];
	for (const { ways, optional } of parts) {
		const listed = ways.map((way) => listFiles(way, place));
		const there = listed.find((one) => one.lacking.length === 0);
		if (there) files.push(...there.files);
		else if (!optional) {
			// What has begun one way is missed that way.
			const begun = listed.find((one) => one.lacking.length < one.files.length) ?? listed[0];
			files.push(...(begun?.files.filter((path) => !begun.lacking.includes(path)) ?? []));
			missing.push(...(begun?.lacking ?? []));
		}
	}
	return { files, missing };
}

/** Of pieces, those that lack are told by whoever looks at each file. */
function listFiles(way: PublishedWay, place: PublishedPlace) {
	if (!("index" in way)) return { files: way, lacking: way.filter((path) => !place.has(path)) };
	const pieces = place.has(way.index) ? place.pieces(way.index) : [];
	return { files: [way.index, ...pieces], lacking: pieces.length > 0 ? [] : [way.index] };
}

/** The file of a text: where the catalogue says, else the first Parquet file, should its owner have split it anew. */
export function chooseTextFile(path: string, paths: readonly string[]): string | undefined {
	return paths.includes(path) ? path : paths.filter((one) => one.endsWith(".parquet")).sort()[0];
}
