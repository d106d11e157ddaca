import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `exports.${string}`>>;

/** Pictures of circuits, looked at before, and files for other programs: made here, fetched in parts. */
export function buildExportHandlers({ exports }: Service): Part {
	return {
		"exports.make": async ({ name, request, view }, context) => await exports.make(name, request, view, context),
		"exports.data": async ({ names, format, history }, context) =>
			await exports.makeData(names, format, history, context),
		"exports.report": async ({ name, formats, view }, context) =>
			await exports.makeReport(name, formats, view, context),
		"exports.preview": async ({ name, request, view }, context) => await exports.preview(name, request, view, context),
		"exports.read": async ({ export: id, file, offset }) => exports.read(id, file, offset),
		"exports.forget": async ({ export: id }) => {
			exports.forget(id);
			return null;
		},
	};
}
