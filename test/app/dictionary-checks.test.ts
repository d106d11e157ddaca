import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { App } from "../../main/app/app.ts";
import { BackgroundChecks } from "../../main/app/dictionary-checks.ts";
import { DictionaryFolders } from "../../main/app/dictionary-folders.ts";
import { reference } from "../../main/app/locations.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import type { CheckRequest } from "../../main/shared/dictionary-check.ts";
import { AppError } from "../../main/shared/errors.ts";
import { Store } from "../../main/store/store.ts";

const dirs = [2, 3].map((layer) => join(reference.dictionaries, `blocks.${layer}.hook_resid_post`));
const hashOf = (dir: string) => loadDictionary(dir).hash;

let folder: string;
let store: Store;
let checks: BackgroundChecks;
/** Of an engine that measures when it is told to. */
let measured: string[];
let goOn: (() => void)[];
let stored: () => void;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "scd-background-"));
	store = new Store(join(folder, "scd.sqlite"));
	[measured, goOn, stored] = [[], [], () => {}];
	const call = (_: string, { dictionaryDir }: CheckRequest, { signal }: { signal: AbortSignal }) => {
		measured.push(dictionaryDir);
		return new Promise((resolve, reject) => {
			goOn.push(() => resolve({ hash: hashOf(dictionaryDir) }));
			signal.addEventListener("abort", () => reject(new AppError("cancelled", "Stopped.")));
		});
	};
	checks = new BackgroundChecks({ store, folders: new DictionaryFolders(), engine: { call } } as unknown as App, {
		isAllowed: () => true,
		stored: () => stored(),
	});
});
afterEach(() => {
	checks.dispose();
	store.dispose();
	rmSync(folder, { recursive: true });
});

test("pressed twice, each dictionary is measured once; pressed again when it is done, anew", async () => {
	const request = { modelDir: reference.model, dictionaryDirs: dirs };
	checks.want(request);
	checks.want(request);
	for (const _ of dirs) {
		const done = new Promise<void>((resolve) => {
			stored = resolve;
		});
		goOn.pop()?.();
		await done;
		await Promise.resolve();
	}
	expect(measured).toEqual(dirs);
	checks.want({ ...request, dictionaryDirs: dirs.slice(0, 1) });
	expect(measured).toEqual([...dirs, dirs[0]]);
	// What is asked for is measured although the background is switched off.
	checks.clear();
	const done = new Promise<void>((resolve) => {
		stored = resolve;
	});
	goOn.pop()?.();
	await done;
	expect(store.reports.list("check", null)).toHaveLength(2);
});
