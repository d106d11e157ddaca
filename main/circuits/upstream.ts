import { compareSites, type Site, type SiteName, siteName } from "#shared/site";
import { cacheBytes } from "../onnx/memory.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { SiteActivity } from "./site-activity.ts";
import type { TokenVectors } from "./token-vectors.ts";
import { UpProducts, type UpSite } from "./up-products.ts";

/** Of the memory that may stay loaded, for what products hold. A site needs those of the few before it. */
const share = 0.5;

/** One of them, for the backward passes from a site: `x [T, width]` is constant to what is behind it. */
export interface Given {
	readonly from: UpSite["from"];
	readonly width: number;
	readonly x: Float32Array;
}

const embedding = { kind: "embed", layer: -1 } as const;

/**
 * Every place of a trace where paths stop, with what lies there: the dictionaries' sites, and the tokens where none of
 * these holds the embedding. Products with a place are loaded when something first arrives there, and kept.
 */
export class Upstream {
	readonly #places = new Map<
		UpSite["from"],
		{ readonly site: Site; readonly x: Float32Array; readonly held: UpSite }
	>();
	readonly #loaded = new Map<UpSite["from"], UpProducts>();
	readonly #session: SessionOptions | undefined;

	constructor(activities: readonly SiteActivity[], tokens: TokenVectors, count: number, session?: SessionOptions) {
		this.#session = session;
		for (const { dictionary, x, contributions: entries, scale, errorContributions: vectors } of activities) {
			const { siteName: from, dIn: width, site } = dictionary;
			const features = { dictionary, entries, scale };
			this.#places.set(from, { site, x, held: { from, width, tokens: count, vectors, features } });
		}
		const held: UpSite = {
			...{ from: "tokens", width: tokens.rows.length / count, tokens: count },
			vectors: tokens.contributions,
		};
		this.#places.set("tokens", { site: embedding, x: tokens.rows, held });
	}

	/** What is computed before a site, or all of it. */
	before(into: Site | undefined): ReadonlyMap<SiteName, Given> {
		const given = new Map<SiteName, Given>();
		for (const [from, { site, x, held }] of this.#places) {
			if (into && compareSites(site, into) >= 0 && from !== "tokens") continue;
			// Tokens come last: they stand where no dictionary does.
			if (!given.has(siteName(site))) given.set(siteName(site), { from, width: held.width, x });
		}
		return given;
	}

	/** The least recently used make room. */
	async of(from: UpSite["from"]): Promise<UpProducts> {
		const known = this.#loaded.get(from);
		this.#loaded.delete(from);
		const products = known ?? (await UpProducts.load(this.#places.get(from)?.held as UpSite, this.#session));
		this.#loaded.set(from, products);
		let total = [...this.#loaded.values()].reduce((sum, { bytes }) => sum + bytes, 0);
		for (const [other, { bytes }] of this.#loaded) {
			if (other === from || total <= share * cacheBytes(total)) break;
			total -= bytes;
			await this.#loaded.get(other)?.dispose();
			this.#loaded.delete(other);
		}
		return products;
	}

	async dispose(): Promise<void> {
		for (const products of this.#loaded.values()) await products.dispose();
		this.#loaded.clear();
	}
}
