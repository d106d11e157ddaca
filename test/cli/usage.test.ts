import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-usage-"));
afterAll(() => rmSync(root, { recursive: true }));
const db = join(root, "db.sqlite");

const poster = ["export", "x", "-o", join(root, "x.pdf"), "--paper", "A4", "--db", db];
const pixels = ["export", "x", "-o", join(root, "x.png"), "--db", db];

const oneLine = /^scd: [^\n]+\n$/;

describe("wrong usage ends with exit code 2 and one line that says what is wrong", () => {
	test.each([
		["half a node", ["trace", "--prompt", "x", "--up-nodes", "1.5"], /'1\.5' is invalid/],
		["a share above 1", ["trace", "--prompt", "x", "--share", "2"], /'2' is invalid/],
		["a size without a unit", ["trace", "--prompt", "x", "--memory-limit", "4"], /with its unit.*4GB or 512MB/],
		["a size without sense", ["trace", "--prompt", "x", "--memory-limit", "huge"], /4GB or 512MB/],
		["a value outside the choices", ["trace", "--prompt", "x", "--bos", "maybe"], /Allowed choices are on, off/],
		["two ways to choose nodes", ["trace", "--prompt", "x", "--share", "1", "--threshold", "1"], /cannot be used with/],
		[
			"coefficients that are none",
			["respond", "mlp_0.1", "--prompt", "x", "--coefficients", "0,x"],
			/numbers with commas/,
		],
		["a model without dictionaries", ["trace", "--prompt", "x", "--model", root], /--saes/],
		["an export to nowhere", ["export", "x", "--db", db], /-o FILE\.svg .*--format/],
		["an export into a folder", ["export", "x", "-o", root, "--db", db], /is a folder\. Name a file in it/],
		["paper that nobody makes", [...poster, "--paper", "A11"], /"A11" is no paper\. Write A4, .*such as 600x900/],
		["a poster of no size", [...poster, "--scale", "0"], /above 0 and up to 10000 is needed, such as 100/],
		[
			"so many sheets that nobody glues",
			[...poster, "--sheets", "50x50"],
			/from 1 to 2000 is needed, such as 12 or 4x3/,
		],
		[
			"a margin as large as the sheet",
			[...poster, "--margin", "110"],
			/nothing of a sheet 210 mm wide\. Give --margin 98\.6 at most/,
		],
		[
			"an overlap as large as the sheet",
			[...poster, "--overlap", "190"],
			/half of the 184\.6 mm .* Give --overlap 92\.3 at most/,
		],
		[
			"a scale without paper",
			["export", "x", "-o", "x.pdf", "--scale", "50", "--db", db],
			/--scale is for posters.*--paper A4/,
		],
		["a poster that is a figure too", [...poster, "--size", "slide"], /--paper and --size slide exclude each other/],
		[
			"a poster in pixels",
			["export", "x", "-o", "x.png", "--paper", "A4", "--db", db],
			/--paper is for \.pdf and \.svg/,
		],
		["more dots than any printer has", [...pixels, "--dpi", "1e9"], /from 10 to 2400 is needed, such as 300/],
		["no pixels", [...pixels, "--width", "0"], /from 16 to 200000 is needed, such as 4000/],
		[
			"pixels of a vector file",
			["export", "x", "-o", "x.pdf", "--dpi", "300", "--db", db],
			/--dpi is for \.png and \.webp/,
		],
	])("%s", async (_, words, reason) => {
		const { code, out, err } = await runScd(words);
		expect({ code, out }).toEqual({ code: 2, out: "" });
		expect(err).toMatch(oneLine);
		expect(err).toMatch(reason);
	});
});

describe("a failure ends with exit code 1 and one line", () => {
	test.each([
		[
			"an export into a folder that is not there",
			["export", "x", "-o", join(root, "no/x.pdf"), "--db", db],
			/its folder .*no does not exist\. Make the folder/,
		],
		[
			"a folder that is no model",
			["trace", "--prompt", "x", "--model", root, "--saes", root, "--db", db],
			/no config\.json/,
		],
		["a database in a file's place", ["circuits", "--db", join(import.meta.filename, "db.sqlite")], /cannot be opened/],
		["a database that is none", ["circuits", "--db", import.meta.filename], /not a database/],
	])("%s", async (_, words, reason) => {
		const { code, out, err } = await runScd(words);
		expect({ code, out }).toEqual({ code: 1, out: "" });
		expect(err).toMatch(oneLine);
		expect(err).toMatch(reason);
	});

	test("and the stack with --debug, in front of the command or behind it", async () => {
		const words = ["circuits", "show", "none", "--db", db];
		for (const debug of [
			["--debug", ...words],
			[...words, "--debug"],
		])
			expect((await runScd(debug)).err).toMatch(/^scd: .*\n.*\n\s+at /);
	});
});

describe("help", () => {
	test.each([
		["without a word", []],
		["when asked", ["--help"]],
	])("%s names every command, shows examples and the exit codes", async (_, words) => {
		const { code, out, err } = await runScd(words);
		expect({ code, err }).toEqual({ code: 0, err: "" });
		for (const command of ["trace", "features", "circuits", "export", "doctor"])
			expect(out).toContain(`\n  ${command} `);
		expect(out).toContain('$ scd trace --prompt "Copyright (C)"');
		expect(out).toContain("Exit codes:");
	});

	test("of trace names its flags and what they are when they are left out", async () => {
		const { code, out } = await runScd(["help", "trace"]);
		expect(code).toBe(0);
		const flags = [
			...["--method", "--prompt", "--model", "--saes", "--db", "--circuit", "--layers", "--threshold", "--share"],
			...["--all-nodes", "--keep-unconnected", "--last-position-only", "--metric", "--patch-prompt", "--bos"],
			...["--integrated-gradients", "--provider", "--memory-limit", "--json", "--debug", "--output"],
		];
		for (const flag of flags) expect(out).toContain(flag);
		for (const flag of ["--down-nodes", "--up-nodes"])
			expect(out.replace(/\s+/g, " ")).toMatch(new RegExp(`${flag} <n> [^-]*\\(default: 10\\)`));
	});

	test("has the version beside it", async () => {
		const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
			version: string;
		};
		expect(await runScd(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
	});
});

test("an older Node is told in one line, before anything else is loaded", async () => {
	const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } });';
	const { code, out, err } = await runScd(["--help"], {
		node: ["--import", `data:text/javascript,${encodeURIComponent(older)}`],
	});
	expect({ code, out }).toEqual({ code: 1, out: "" });
	expect(err).toMatch(/^scd needs Node 22 or newer, and this is Node 20\.1\.0\.[^\n]*\n$/);
});
