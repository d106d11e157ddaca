import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FileMemory } from "../../main/model/file-memory.ts";
import { FolderMemory } from "../../main/model/folder-memory.ts";
import { AppError } from "../../main/shared/errors.ts";

const root = mkdtempSync(join(tmpdir(), "scd-memory-"));
afterAll(() => rmSync(root, { recursive: true }));
/** A moment at which nothing is fresh any more. */
const later = () => Date.now() + 60_000;

test("a folder is looked through anew when what a reader would open has changed in it, and only then", () => {
	const folder = join(root, "folder");
	mkdirSync(join(folder, "a/b"), { recursive: true });
	const file = join(folder, "a/b/cfg.json");
	writeFileSync(file, "one");
	const memory = new FolderMemory<number>(later);
	let times = 0;
	const look = (manner = "") => memory.recall(folder, manner, () => ++times);
	expect([look(), look()]).toEqual([1, 1]);
	expect([look("otherwise"), look()]).toEqual([2, 1]);
	writeFileSync(file, "longer");
	expect([look(), look()]).toEqual([3, 3]);
	writeFileSync(join(folder, "a/b/model.safetensors"), "");
	expect([look(), look()]).toEqual([4, 4]);
	renameSync(file, join(folder, "a/b/config.json"));
	expect([look(), look()]).toEqual([5, 5]);
	mkdirSync(join(folder, "c"));
	expect([look(), look()]).toEqual([6, 6]);
	// What a link leads to counts.
	const target = join(root, "target.pt");
	writeFileSync(target, "x");
	symlinkSync(target, join(folder, "c/ae.pt"));
	expect([look(), look()]).toEqual([7, 7]);
	writeFileSync(target, "xyz");
	expect([look(), look()]).toEqual([8, 8]);
	rmSync(folder, { recursive: true });
	expect([look(), look()]).toEqual([9, 10]);
});

test("what was written a moment ago is not remembered, since it may change within a tick of the clock", () => {
	const file = join(root, "fresh.json");
	writeFileSync(file, "{}");
	let times = 0;
	for (const memory of [new FolderMemory<number>(), new FileMemory<number>(4)]) {
		const look = () =>
			memory instanceof FolderMemory ? memory.recall(file, "", () => ++times) : memory.recall(file, () => ++times);
		expect(look()).not.toBe(look());
	}
});

test("of files the last are remembered, with what is wrong with them; faults of the program are not", () => {
	const paths = ["1", "2", "3"].map((name) => join(root, `${name}.pt`));
	for (const path of paths) writeFileSync(path, path);
	const memory = new FileMemory<string>(2, later);
	const read: string[] = [];
	const look = (path: string) => memory.recall(path, () => `${read.push(path)} ${path}`);
	for (const path of [...paths, ...paths.slice(1), ...paths.slice(1)]) look(path);
	expect(read).toEqual(paths);
	look(paths[0] as string);
	expect(read).toHaveLength(4);
	const refuse = (error: Error) => () => {
		read.push("refused");
		throw error;
	};
	const [first = ""] = paths;
	writeFileSync(first, "damaged");
	for (const _ of paths) expect(() => memory.recall(first, refuse(new AppError("bad-file", "Torn.")))).toThrow("Torn.");
	expect(read.filter((one) => one === "refused")).toHaveLength(1);
	writeFileSync(first, "again damaged");
	for (const _ of paths) expect(() => memory.recall(first, refuse(new TypeError("x")))).toThrow("x");
	expect(read.filter((one) => one === "refused")).toHaveLength(4);
});
