import { texts } from "#shared/catalogue-rows";
import { readHubCache } from "../hub/hub-settings.ts";
import { findTextOnDisk } from "../hub/on-disk.ts";
import { reference } from "./locations.ts";

/** The first text of the catalogue that is on this machine, else the one that comes with the app. */
export function findSampleText(): { readonly name: string; readonly path: string } {
	const cache = readHubCache();
	for (const text of texts) {
		const path = findTextOnDisk(cache, text);
		if (path !== undefined) return { name: text.name, path };
	}
	return { name: "bundled", path: reference.sample };
}
