import { shortName } from "#shared/catalogue";
import type { Catalogue, CatalogueDictionaryRow, CatalogueSetRow } from "#shared/contract/catalogue";
import { describeReleaseRule } from "#shared/conventions";
import type { DownloadRequest } from "#shared/download";
import { nameLayers } from "#shared/layer-names";
import { type SiteKind, siteKinds } from "#shared/site";

/** A layer of a set, or one of its widths where it has several at one layer: what is chosen and fetched as one. */
export interface ItemOption {
	readonly key: string;
	readonly label: string;
	readonly bytes: number;
	readonly here: boolean;
	/** There in part: something is missing or cut off. */
	readonly broken: boolean;
	/** What it is where it was trained, a line each: `resid_9 = blocks.10.hook_resid_pre, Neuronpedia 10-res-jb`. */
	readonly hooks: readonly string[];
	readonly parts: readonly { readonly release: string; readonly path: string; readonly folder: string | null }[];
}

/** A release or a bundle, as the catalogue shows it. */
export interface CatalogueItem {
	readonly key: string;
	/** What the command line knows it by. */
	readonly name: string;
	readonly title: string;
	readonly model: string;
	/** As `attn, mlp, resid`, and as `0–11`. */
	readonly sites: string;
	/** What these words mean. */
	readonly sitesHint: string;
	readonly layers: string;
	readonly layersHint: string | undefined;
	readonly features: string;
	readonly kind: string;
	readonly bytes: number;
	readonly licence: string;
	readonly repos: readonly string[];
	readonly paper: string | null;
	readonly rule: string;
	/** Why it cannot be fetched on this machine. */
	readonly refusal: string | null;
	/** One of its places by both names, where layers here are numbered otherwise than there. */
	readonly shifted: string | undefined;
	/** Of what `options` are. */
	readonly by: "layer" | "width";
	readonly options: readonly ItemOption[];
}

export interface ItemGroup {
	readonly title: string;
	readonly items: readonly CatalogueItem[];
}

const meanings: Partial<Readonly<Record<SiteKind, string>>> = {
	resid: "the residual stream after a block",
	mid: "the residual stream between attention and MLP",
	attn: "what attention adds to the stream",
	z: "the attention heads, before they are mixed",
	mlp: "what the MLP adds to the stream",
};

const groupTitles: readonly (readonly [SiteKind, string])[] = [
	["resid", "Residual stream"],
	["mid", "Residual stream between attention and MLP (mid)"],
	["attn", "Attention output"],
	["z", "Attention heads, before they are mixed (z)"],
	["mlp", "MLP output"],
];

/** Sets of one model: those that belong together first, then by their place in the model. */
export function groupItems({ sets, bundles }: Catalogue, model: string): readonly ItemGroup[] {
	const own = sets.filter((set) => set.model === model);
	const joined = bundles.flatMap(({ name, title, releases }) => {
		const members = own.filter((set) => releases.includes(set.name));
		return members.length > 0 ? [buildItem(name, name, title, members)] : [];
	});
	const kindOf = (set: CatalogueSetRow) => set.dictionaries[0]?.site.replace(/_.*/, "");
	return [
		{ title: "Attention, MLP and residual stream together", items: joined },
		...groupTitles.map(([kind, title]) => ({
			title,
			items: own
				.filter((set) => kindOf(set) === kind)
				.map((set) => buildItem(set.name, shortName(set), set.title, [set])),
		})),
	].filter(({ items }) => items.length > 0);
}

function buildItem(key: string, name: string, title: string, members: readonly CatalogueSetRow[]): CatalogueItem {
	const [first] = members;
	const all = members.flatMap((set) => set.dictionaries.map((one) => ({ set, one })));
	const layers = new Set(all.map(({ one }) => one.layer));
	const by = members.some(({ dictionaries }) => dictionaries.length > layers.size) ? "width" : "layer";
	const kinds = siteKinds.filter((kind) => all.some(({ one }) => one.site.startsWith(`${kind}_`)));
	const widths = [...new Set(all.map(({ one }) => one.features))];
	const count = (number: number) => number.toLocaleString("en");
	const grouped = Map.groupBy(all, ({ one }) => (by === "layer" ? one.layer : one.features));
	return {
		...{ key, name, title, by },
		model: first?.model ?? "",
		sites: kinds.join(", "),
		sitesHint: kinds.map((kind) => `${kind}: ${meanings[kind] ?? kind}`).join("; "),
		layers: nameLayers(layers),
		layersHint: layers.has(-1) ? "emb: the embedding, which the first block reads" : undefined,
		features:
			widths.length > 1 ? `${count(Math.min(...widths))} – ${count(Math.max(...widths))}` : count(widths[0] ?? 0),
		kind: first?.kind === "topk" ? `TopK ${first.k}` : "ReLU",
		bytes: all.reduce((sum, { one }) => sum + one.bytes, 0),
		licence: [...new Set(members.map(({ licence }) => licence ?? "licence not stated"))].join(", "),
		repos: members.map(({ repo }) => repo),
		paper: first?.paper ?? null,
		rule: first ? describeReleaseRule(first.rule).join(", ") : "",
		refusal: members.find(({ refusal }) => refusal !== null)?.refusal ?? null,
		shifted: findShifted(all.map(({ one }) => one)),
		options: [...grouped]
			.sort(([a], [b]) => a - b)
			.map(([number, parts]) => buildOption(by === "layer" && number < 0 ? "Embedding" : count(number), parts)),
	};
}

const hookLayer = (hook: string) => Number(/^blocks\.(\d+)\./.exec(hook)?.[1]);

/** One from the middle: the first and the last are special. */
function findShifted(dictionaries: readonly CatalogueDictionaryRow[]): string | undefined {
	const shifted = dictionaries.filter(({ layer, hook }) => layer !== hookLayer(hook));
	const one = shifted[Math.floor(shifted.length / 2)];
	return one && describePlace(one);
}

function describePlace({ site, hook, neuronpedia }: CatalogueDictionaryRow): string {
	return `${site} = ${hook}${neuronpedia === null ? "" : `, ${neuronpedia} on Neuronpedia`}`;
}

function buildOption(
	label: string,
	parts: readonly { readonly set: CatalogueSetRow; readonly one: CatalogueDictionaryRow }[],
): ItemOption {
	return {
		...{ key: label, label },
		bytes: parts.reduce((sum, { one }) => sum + one.bytes, 0),
		here: parts.every(({ one }) => one.folder !== null),
		broken: parts.some(({ one }) => one.missing.length > 0),
		hooks: parts.map(({ one }) => describePlace(one)),
		parts: parts.map(({ set, one }) => ({ release: set.name, path: one.path, folder: one.folder })),
	};
}

/** What fetches some options of an item. */
export function requestOptions(options: readonly ItemOption[]): DownloadRequest {
	const byRelease = Map.groupBy(
		options.flatMap(({ parts }) => parts),
		({ release }) => release,
	);
	return {
		models: [],
		sets: [...byRelease].map(([release, parts]) => ({ release, paths: parts.map(({ path }) => path) })),
	};
}
