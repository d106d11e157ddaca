import { existsSync } from "node:fs";
import { join } from "node:path";
import { texts } from "#shared/catalogue";
import { readHubCache } from "../hub/hub-settings.ts";
import { reference } from "./locations.ts";

/** The first text of the catalogue that is on this machine, else the one that comes with the app. */
export function findSampleText(): { readonly name: string; readonly path: string } {
	const cache = readHubCache();
	for (const { name, repo, revision, path } of texts) {
		const place = join(cache, `datasets--${repo.replaceAll("/", "--")}`, "snapshots", revision, path);
		if (existsSync(place)) return { name, path: place };
	}
	return { name: "bundled", path: reference.sample };
}
