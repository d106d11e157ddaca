import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

test.each(["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"])("files that %s names are there", (page) => {
	const files = ["main", "renderer", "preload", "test"].flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
	);
	const known = new Set(files.map((path) => basename(path)));
	const named = [...readFileSync(join(root, page), "utf8").matchAll(/`([\w./-]+\.(?:ts|tsx|css))`/g)].map(
		([, path]) => path as string,
	);
	const isThere = (path: string) =>
		path.includes("/") ? files.some((file) => file === path || file.endsWith(`/${path}`)) : known.has(path);
	expect(named.filter((path) => !isThere(path))).toEqual([]);
});
