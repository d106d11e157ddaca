import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `exports.${string}`>>;

/** Pictures of circuits: made here, looked at before, fetched in parts. */
export function buildExportHandlers({ exports }: Service): Part {
	return {
		"exports.make": async ({ name, request, view }, context) => await exports.make(name, request, view, context),
		"exports.preview": async ({ name, request, view }, context) => await exports.preview(name, request, view, context),
		"exports.read": async ({ export: id, file, offset }) => exports.read(id, file, offset),
		"exports.forget": async ({ export: id }) => {
			exports.forget(id);
			return null;
		},
	};
}
