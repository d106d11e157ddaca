import { compareSites, type Site, type SiteName, siteName } from "#shared/site";
import { cacheBytes } from "../onnx/memory.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { SiteActivity } from "./site-activity.ts";
import type { TokenVectors } from "./token-vectors.ts";
import { UpProducts, type UpSite } from "./up-products.ts";

/** Of the memory that may stay loaded, for what products hold. */
const share = 0.25;

/**
 * Every place of a trace where paths stop, with what lies there: the dictionaries' sites and, where none of them holds the
 * embedding, the tokens. Products with a site are loaded when something first arrives there, and kept.
 */
export class Upstream {
	readonly #sites = new Map<SiteName, { readonly site: Site; readonly x: Float32Array; readonly held: UpSite }>();
	readonly #loaded = new Map<SiteName, UpProducts>();
	readonly #session: SessionOptions | undefined;

	/** `tokens [T, width]`. */
	constructor(activities: readonly SiteActivity[], tokens: TokenVectors, count: number, session?: SessionOptions) {
		this.#session = session;
		for (const { dictionary, x, contributions: entries, scale, errorContributions: vectors } of activities) {
			const { siteName: from, dIn: width, site } = dictionary;
			const features = { dictionary, entries, scale };
			this.#sites.set(from, { site, x, held: { from, width, tokens: count, vectors, features } });
		}
		const site = { kind: "embed", layer: -1 } as const;
		if (this.#sites.has(siteName(site))) return;
		const held = {
			from: "tokens",
			width: tokens.rows.length / count,
			tokens: count,
			vectors: tokens.contributions,
		} as const;
		this.#sites.set(siteName(site), { site, x: tokens.rows, held });
	}

	/** What is computed before a site, or all of it: `x [T, width]`, which is constant to what is behind it. */
	before(into: Site | undefined): ReadonlyMap<SiteName, { readonly width: number; readonly x: Float32Array }> {
		return new Map(
			[...this.#sites]
				.filter(([, { site }]) => !into || compareSites(site, into) < 0)
				.map(
					([
						name,
						{
							x,
							held: { width },
						},
					]) => [name, { x, width }],
				),
		);
	}

	/** The least recently used make room. */
	async of(name: SiteName): Promise<UpProducts> {
		const known = this.#loaded.get(name);
		this.#loaded.delete(name);
		const products = known ?? (await UpProducts.load(this.#sites.get(name)?.held as UpSite, this.#session));
		this.#loaded.set(name, products);
		let total = [...this.#loaded.values()].reduce((sum, { bytes }) => sum + bytes, 0);
		for (const [other, { bytes }] of this.#loaded) {
			if (other === name || total <= share * cacheBytes(total)) break;
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
