import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import type { LibraryFolder } from "#shared/contract/results";
import { AppError } from "#shared/errors";
import { readHubCache } from "../../hub/hub-settings.ts";
import { inspectHubCache } from "../hub-library.ts";
import { inspectFolder, listSubfolders } from "../library.ts";
import { reference, referenceFolder } from "../locations.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `library.${string}`> | "checks.want">;

/** Models and dictionaries on this machine. */
export function buildLibraryHandlers(service: Service): Part {
	const { store } = service.app;
	return {
		"library.list": async () => [
			nameBundled(inspectFolder(referenceFolder, true)),
			...inspectHubCache(readHubCache()),
			...store.settings.folders().map((path) => inspectFolder(path, false)),
		],
		"library.add": async ({ path }) => {
			const folder = resolve(path);
			const found = inspectFolder(folder, false);
			if (found.models.length + found.sets.length === 0) {
				const [first] = found.refused;
				throw new AppError(
					first ? "bad-file" : "not-found",
					first
						? `Nothing in ${folder} can be used. ${first.reason}`
						: `${folder} holds neither a model (config.json with .safetensors or .bin weights) nor a dictionary (cfg.json, ae.pt or a .pt file). Choose another folder.`,
					{ path: folder, refused: found.refused },
				);
			}
			if (folder !== reference.model) store.settings.addFolder(folder);
			service.tell("library", {});
			return found;
		},
		"library.remove": async ({ path }) => {
			store.settings.removeFolder(path);
			service.tell("library", {});
			return null;
		},
		"checks.want": async (request) => {
			service.checks.want(request);
			return null;
		},
		"library.browse": async ({ path }) => {
			const folder = resolve(path ?? homedir());
			const parent = dirname(folder);
			return { path: folder, parent: parent === folder ? null : parent, folders: listSubfolders(folder) };
		},
	};
}

/** What comes with the program is called what it is. */
function nameBundled(folder: LibraryFolder): LibraryFolder {
	const titles = new Map([
		[reference.model, "Small bundled model"],
		[reference.groundTruth.model, "Induction by hand"],
		[reference.dictionaries, "Of the small bundled model"],
		[reference.groundTruth.dictionaries, "Of the induction model"],
	]);
	const name = <T extends { readonly dir: string }>(one: T) => {
		const title = titles.get(one.dir);
		return title === undefined ? one : { ...one, title };
	};
	return { ...folder, models: folder.models.map(name), sets: folder.sets.map(name) };
}
