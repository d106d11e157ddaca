import type { Conventions } from "#shared/conventions";
import type { PublishedSource } from "#shared/published";
import { FolderMemory } from "../model/folder-memory.ts";
import { type Dictionary, loadDictionary } from "../sae/dictionary.ts";
import { discoverDictionaries } from "../sae/discovery.ts";
import { listPlacedDictionaries, type PlacedDictionary } from "../sae/placed-dictionaries.ts";
import { findPublishedSource } from "../sae/published-source.ts";

/** What the app asks of a dictionary beside its numbers. */
export interface KnownDictionary extends Pick<Dictionary, "dir" | "hash" | "name" | "siteName" | "dSae"> {
	readonly source: PublishedSource | undefined;
}

/** Where dictionaries of a hash lie. */
export interface DictionaryQuery {
	readonly site: string;
	readonly hash: string;
	readonly dirs: readonly string[];
	readonly conventions?: Conventions | undefined;
}

/** Which dictionary lies where: each is opened once, until its folder changes. */
export class DictionaryFolders {
	readonly #opened = new FolderMemory<KnownDictionary>();
	readonly #collections = new FolderMemory<readonly KnownDictionary[]>();
	readonly #places = new FolderMemory<readonly PlacedDictionary[]>();

	/** One dictionary. Throws what opening it throws. */
	open(dir: string, conventions?: Conventions): KnownDictionary {
		return this.#opened.recall(dir, mannerOf(conventions), () => describe(loadDictionary(dir, conventions)));
	}

	/** The dictionaries at some paths, as a trace would find them. Throws where one of the paths has none. */
	list(dirs: readonly string[], conventions?: Conventions): readonly KnownDictionary[] {
		return dirs.flatMap((dir) =>
			this.#collections.recall(dir, mannerOf(conventions), () =>
				discoverDictionaries([dir], conventions).dictionaries.map(describe),
			),
		);
	}

	/** Opens only what sits at the site. Undefined where the dictionary is gone, changed, or read in another way. */
	find({ site, hash, dirs, conventions }: DictionaryQuery): KnownDictionary | undefined {
		for (const path of this.#listAt(site, dirs)) {
			const found = this.#tryOpen(path, conventions);
			if (found?.hash === hash) return found;
		}
		return undefined;
	}

	/** Opens only what may have one, since a hash takes reading. */
	findSource({ site, hash, dirs, conventions }: DictionaryQuery): PublishedSource | undefined {
		for (const path of this.#listAt(site, dirs, ({ source }) => source !== undefined)) {
			const found = this.#tryOpen(path, conventions);
			if (found?.hash === hash) return found.source;
		}
		return undefined;
	}

	/** Why the dictionary at a site has no source, as the rest of a sentence; undefined where none lies there any more. */
	explainSourceless(site: string, dirs: readonly string[]): string | undefined {
		return this.#placesAt(site, dirs).find(({ sourceless }) => sourceless !== undefined)?.sourceless;
	}

	#listAt(
		site: string,
		dirs: readonly string[],
		isWanted: (place: PlacedDictionary) => boolean = () => true,
	): readonly string[] {
		return this.#placesAt(site, dirs)
			.filter(isWanted)
			.map(({ path }) => path);
	}

	#placesAt(site: string, dirs: readonly string[]): readonly PlacedDictionary[] {
		// The layer of the last norm is known with the model only.
		const fits = (one: PlacedDictionary) =>
			one.siteName === site || (site.startsWith("lnf") && one.siteName.startsWith("lnf"));
		return dirs.flatMap((dir) => {
			try {
				return this.#places.recall(dir, "", () => listPlacedDictionaries(dir)).filter(fits);
			} catch {
				// What cannot be opened is told where it is asked for.
				return [];
			}
		});
	}

	#tryOpen(path: string, conventions: Conventions | undefined): KnownDictionary | undefined {
		try {
			return this.open(path, conventions);
		} catch {
			return undefined;
		}
	}
}

const mannerOf = (conventions: Conventions | undefined) => JSON.stringify(conventions ?? {});

function describe(dictionary: Dictionary): KnownDictionary {
	const { dir, hash, name, siteName, dSae } = dictionary;
	return { dir, hash, name, siteName, dSae, source: findPublishedSource(dictionary) };
}
