import { Store } from "../../main/store/store.ts";
import { request } from "./example-request.ts";

/** Run by `unusable-database.test.ts`: opens and writes a database as a user who may not write it, and tells what came of it. */
process.setuid?.(65534);
try {
	new Store(process.argv[2] as string).runs.start(request, {});
	process.send?.("written");
} catch (error) {
	process.send?.(`${(error as { code: string }).code}: ${(error as Error).message}`);
}
