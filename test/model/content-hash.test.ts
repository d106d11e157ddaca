import { createHash } from "node:crypto";
import { copyFileSync, openSync, truncateSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hashFiles } from "../../main/model/content-hash.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("covers every byte of small files, and nothing else", () => {
	const [a, b] = ["a", "b"].map((name) => join(temporaryFolder(), name)) as [string, string];
	writeFileSync(a, "weights");
	copyFileSync(a, b);
	utimesSync(b, 1, 1);
	expect(hashFiles([a])).toBe(createHash("sha256").update("7\nweights").digest("hex").slice(0, 16));
	expect(hashFiles([b])).toBe(hashFiles([a]));
	writeFileSync(b, "weighty");
	expect(hashFiles([b])).not.toBe(hashFiles([a]));
	expect(hashFiles([a, b])).not.toBe(hashFiles([b, a]));
});

test("samples large files, and notices any change by its time", () => {
	const path = join(temporaryFolder(), "large");
	writeFileSync(path, "header");
	truncateSync(path, 65 * 1024 ** 2);
	utimesSync(path, 100, 100);
	const before = hashFiles([path]);
	expect(hashFiles([path])).toBe(before);
	utimesSync(path, 100, 101);
	expect(hashFiles([path])).not.toBe(before);
	writeSync(openSync(path, "r+"), "changed", 0);
	utimesSync(path, 100, 100);
	expect(hashFiles([path])).not.toBe(before);
});

test("refuses a missing file", () => {
	expect(refusalOf(() => hashFiles([join(temporaryFolder(), "gone")])).code).toBe("not-found");
});
