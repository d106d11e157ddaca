import { checkHead } from "../../import/read-file.ts";
import { type ImportOptions, type ImportOutcome, importFile } from "../exchange/import-file.ts";
import type { AppHandlers, CallContext } from "../router.ts";
import type { Service } from "../service.ts";
import { announceImports } from "./circuit-handlers.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `imports.${string}`>>;
interface Asked {
	readonly circuit?: string;
	readonly maxNodes?: number;
	readonly maxEdges?: number;
}

/** Files that become circuits: by their path where the page knows it, else piece by piece. */
export function buildImportHandlers(service: Service): Part {
	const { store } = service.app;
	const { uploads } = service;
	const read = async (file: { path: string; name?: string }, asked: Asked, context: CallContext) =>
		tell(service, await importFile(store, file, buildOptions(asked, context)));
	return {
		"imports.path": async ({ path, ...asked }, context) => await read({ path }, asked, context),
		"imports.begin": async ({ file, bytes, head }) => {
			checkHead(Buffer.from(head, "base64"), file);
			return uploads.begin(file, bytes);
		},
		"imports.add": async ({ upload, offset, data }) => {
			uploads.add(upload, offset, Buffer.from(data, "base64"));
			return null;
		},
		"imports.finish": async ({ upload, ...asked }, context) =>
			await uploads.finish(upload, async (file) => await read(file, asked, context)),
		"imports.drop": async ({ upload }) => {
			uploads.drop(upload);
			return null;
		},
	};
}

function buildOptions({ circuit, maxNodes, maxEdges }: Asked, { signal }: CallContext): ImportOptions {
	return {
		signal,
		...(circuit !== undefined && { circuit }),
		budget: { ...(maxNodes !== undefined && { maxNodes }), ...(maxEdges !== undefined && { maxEdges }) },
	};
}

function tell(service: Service, outcomes: readonly ImportOutcome[]) {
	announceImports(service, outcomes);
	return outcomes.map(({ circuit, nodes, edges, notes }) => ({ circuit, nodes, edges, notes }));
}
