import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

/** What would only show when the app is packaged, which this machine may not be able to do. */
const root = join(import.meta.dirname, "../..");
const raw = parse(readFileSync(join(root, "electron-builder.yml"), "utf8")) as unknown;
const config = z
	.looseObject({
		files: z.array(z.string()),
		asarUnpack: z.array(z.string()),
		electronFuses: z.record(z.string(), z.boolean()),
		directories: z.object({ buildResources: z.string() }),
		linux: z.looseObject({ icon: z.string(), target: z.array(z.string()) }),
		fileAssociations: z.array(z.looseObject({ ext: z.string() })),
	})
	.parse(raw);

describe("the configuration of electron-builder", () => {
	test("is one that electron-builder takes", () => {
		const schema = createRequire(import.meta.url)("app-builder-lib/scheme.json") as {
			properties: Record<string, unknown>;
			definitions: Record<string, { properties?: Record<string, unknown> }>;
		};
		const known = new Set(Object.keys(schema.properties));
		expect(Object.keys(raw as object).filter((key) => !known.has(key))).toEqual([]);
		for (const [section, definition] of [
			["linux", "LinuxConfiguration"],
			["win", "WindowsConfiguration"],
			["mac", "MacConfiguration"],
			["nsis", "NsisOptions"],
			["electronFuses", "FuseOptionsV1"],
		] as const) {
			const properties = Object.keys(schema.definitions[definition]?.properties ?? {});
			expect(properties.length, definition).toBeGreaterThan(3);
			const used = Object.keys((config as Record<string, object>)[section] ?? {});
			expect(
				used.filter((key) => !properties.includes(key)),
				section,
			).toEqual([]);
		}
	});

	test("has the icon, and ships what the program opens", () => {
		expect(existsSync(join(root, config.directories.buildResources, config.linux.icon))).toBe(true);
		const png = readFileSync(join(root, config.directories.buildResources, config.linux.icon));
		expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1024, 1024]);
		for (const wanted of ["out/**", "assets/reference/**", "package.json"]) expect(config.files).toContain(wanted);
		const { main } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { main: string };
		expect(existsSync(join(root, main))).toBe(true);
	});

	test.each(["linux x64", "linux arm64", "win32 x64", "darwin arm64"])(
		"on %s takes that system's libraries and no other's",
		(system) => {
			const [platform = "", arch = ""] = system.split(" ");
			const kept = (path: string) => isKept(config.files, path, platform, arch);
			const onnx = listFiles(join(root, "node_modules/onnxruntime-node/bin")).map(
				(path) => `node_modules/onnxruntime-node/bin/${path}`,
			);
			const sqlite = readdirSync(join(root, "node_modules/better-sqlite3/prebuilds")).map(
				(name) => `node_modules/better-sqlite3/prebuilds/${name}`,
			);
			expect(onnx.filter(kept).length).toBeGreaterThan(0);
			expect(onnx.filter(kept).every((path) => path.includes(`/${platform}/${arch}/`))).toBe(true);
			expect(sqlite.filter(kept)).toEqual([`node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`]);
		},
	);

	test("lays outside the archive what the system opens, and nothing that our own code reads there as well", () => {
		const isOutside = (path: string) => config.asarUnpack.some((pattern) => toRegExp(pattern).test(path));
		const shipped = listProductionFiles().filter((path) => isKept(config.files, path, "linux", "x64"));
		// The system's loader and ONNX Runtime know nothing of archives.
		const libraries = shipped.filter(isLibrary);
		expect(libraries.length).toBeGreaterThan(2);
		expect(libraries.filter((path) => !isOutside(path))).toEqual([]);
		for (const path of listFiles(join(root, "assets/reference")))
			expect(isOutside(`assets/reference/${path}`)).toBe(true);
		// Electron's own fs reads the archive, in threads and utility processes as well. Inside, it checks what it reads.
		const inside = [
			...shipped.filter((path) => /\.(wasm|ttf)$/.test(path)),
			...entries.map((name) => `out/main/${name}.js`),
		];
		expect(inside.length).toBeGreaterThan(10);
		expect(inside.filter((path) => isOutside(path) || !isKept(config.files, path, "linux", "x64"))).toEqual([]);
	});

	test("ships every font that letters are drawn with, every program that a picture needs, and no other font", () => {
		const shipped = listProductionFiles().filter((path) => isKept(config.files, path, "linux", "x64"));
		const faces = readFileSync(join(root, "main/export/letters/faces.ts"), "utf8");
		const names = [...faces.matchAll(/: "(DejaVu[\w-]+)"/g)].map(
			([, name]) => `node_modules/dejavu-fonts-ttf/ttf/${name}.ttf`,
		);
		expect(names.length).toBeGreaterThan(3);
		expect(shipped.filter((path) => path.endsWith(".ttf")).toSorted()).toEqual(names.toSorted());
		const source = listFiles(join(root, "main")).filter((path) => path.endsWith(".ts"));
		const programs = source.flatMap((path) =>
			[...readFileSync(join(root, "main", path), "utf8").matchAll(/"([^"]+\.wasm)"/g)].map(
				([, name]) => `node_modules/${name}`,
			),
		);
		expect(programs.length).toBeGreaterThan(0);
		expect(programs.filter((path) => !shipped.includes(path))).toEqual([]);
	});

	test("sets every fuse as Electron's checklist asks", () => {
		expect(config.electronFuses).toEqual({
			runAsNode: false,
			enableCookieEncryption: true,
			enableNodeOptionsEnvironmentVariable: false,
			enableNodeCliInspectArguments: false,
			enableEmbeddedAsarIntegrityValidation: true,
			onlyLoadAppFromAsar: true,
			grantFileProtocolExtraPrivileges: false,
		});
	});
});

/** What electron-vite builds for main, threads and the engine's process. */
const entries = [
	...readFileSync(join(root, "electron.vite.config.ts"), "utf8").matchAll(/^\s+"?([\w-]+)"?: resolve\("main\//gm),
].map(([, name]) => name ?? "");

/** Of all packages that the app needs when it runs, wherever npm has put them. */
function listProductionFiles(): readonly string[] {
	const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
		packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
	};
	return Object.entries(lock.packages)
		.filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional && existsSync(join(root, path)))
		.flatMap(([path]) =>
			listFiles(join(root, path))
				.filter((file) => !file.includes("node_modules/"))
				.map((file) => `${path}/${file}`),
		);
}

const isLibrary = (path: string) => /\.(node|dylib|dll|exe|so(\.\d+)*)$/.test(path);

function listFiles(folder: string): readonly string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** As electron-builder reads patterns: the last that matches decides. */
function isKept(patterns: readonly string[], path: string, platform: string, arch: string): boolean {
	let kept = true;
	for (const pattern of patterns) {
		const filled = pattern.replace(/\$\{platform\}/g, platform).replace(/\$\{arch\}/g, arch);
		const [excludes, glob] = filled.startsWith("!") ? [true, filled.slice(1)] : [false, filled];
		if (toRegExp(glob).test(path)) kept = !excludes;
	}
	return kept;
}

function toRegExp(glob: string): RegExp {
	const source = glob
		.replace(/[.+^$()|[\]\\]/g, "\\$&")
		.replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(",", "|")})`)
		.replace(/\*\*\/?|\*/g, (stars) => (stars === "*" ? "[^/]*" : ".*"));
	return new RegExp(`^${source}$`);
}
