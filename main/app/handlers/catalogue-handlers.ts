import { describeCatalogue } from "../catalogue.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `catalogue.${string}` | `downloads.${string}`>>;

/** What is published, and fetching it. */
export function buildCatalogueHandlers({ downloads }: Service): Part {
	return {
		"catalogue.list": async () => describeCatalogue(),
		"downloads.list": async () => downloads.list(),
		"downloads.start": async ({ download, request }) => downloads.start(download, request),
		"downloads.pause": async ({ download }) => {
			downloads.pause(download);
			return null;
		},
		"downloads.resume": async ({ download }) => {
			downloads.resume(download);
			return null;
		},
		"downloads.cancel": async ({ download }) => {
			await downloads.cancel(download);
			return null;
		},
		"downloads.dismiss": async ({ download }) => {
			downloads.dismiss(download);
			return null;
		},
	};
}
