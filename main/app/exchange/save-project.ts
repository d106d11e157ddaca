import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { sealDatabase } from "../../store/database-seal.ts";
import { Store } from "../../store/store.ts";
import { storeCircuitFiles } from "./store-circuit-files.ts";

/**
 * A project: a database of this program that holds chosen circuits with everything they need and nothing else. It can be
 * sent, imported beside what somebody has, or opened by itself with `--db`.
 */
export function buildProject(files: readonly CircuitPayload[]): Uint8Array {
	const folder = mkdtempSync(join(tmpdir(), "scd-project-"));
	try {
		const path = join(folder, "project.scd");
		const store = new Store(path);
		try {
			storeCircuitFiles(
				store,
				files.map((file) => ({ file })),
				(path_) => path_,
			);
			store.seal();
		} finally {
			store.dispose();
		}
		const bytes = readFileSync(path);
		sealDatabase(bytes);
		return bytes;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
