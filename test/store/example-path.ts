import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Gives paths of databases that do not exist yet, in a folder that goes when the file's tests are over. */
export function makePaths(): () => string {
	const folder = mkdtempSync(join(tmpdir(), "scd-store-"));
	afterAll(() => rmSync(folder, { recursive: true }));
	let count = 0;
	return () => join(folder, `${count++}.sqlite`);
}
