import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-report-"));
const database = ["--db", join(root, "scd.sqlite")];
const scd = async (...words: string[]) => await runScd(words, { cwd: root });

beforeAll(async () => {
	await scd("trace", ...database, "--circuit", "mine", "--prompt", "Copyright (C)", "--up-nodes", "5");
	await scd("validate", ...database, "--circuit", "mine", "--controls", "3", "--subsets", "2");
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

const read = (file: string) => readFileSync(join(root, file), "utf8");

test("without another word it is a page and a PDF, named after the circuit; both open again as the circuit", async () => {
	const { code, out, err } = await scd("report", "mine", ...database);
	expect({ code, err }).toEqual({ code: 0, err: "" });
	expect(out).toBe(`Wrote ${join(root, "mine.html")}\nWrote ${join(root, "mine.pdf")}\n`);
	const html = read("mine.html");
	expect(html).toContain("<h2>What was tried and did not hold</h2>");
	expect(html.match(/<svg/g)).toHaveLength(1);
	// Nothing is fetched, and no script runs: what is of that kind is the circuit itself.
	expect(html).not.toMatch(/<script(?! type="application\/octet-stream" id="scd-circuit")|<link|src="http|url\(http/);
	expect(readFileSync(join(root, "mine.pdf")).subarray(0, 5).toString()).toBe("%PDF-");
	const { nodes, edges } = JSON.parse((await scd("circuits", "show", "mine", ...database, "--json")).out);
	for (const file of ["mine.html", "mine.pdf"]) {
		const other = ["--db", join(root, `${file}.sqlite`)];
		await scd("import", join(root, file), ...other);
		const again = JSON.parse((await scd("circuits", "show", "mine", ...other, "--json")).out);
		expect(again.edges).toEqual(edges);
		expect(again.nodes.length).toBe(nodes.length);
	}
});

test("its numbers are those of the circuit and of the validation, and its commands give them again", async () => {
	const { out } = await scd(
		"report",
		"mine",
		...database,
		"-o",
		join(root, "r.md"),
		"-o",
		join(root, "r.tex"),
		"--json",
	);
	expect(JSON.parse(out).files.map(({ path }: { path: string }) => path)).toEqual(
		["r.md", "r.figure.svg", "r.tex", "r.figure.pdf"].map((name) => join(root, name)),
	);
	expect(read("r.tex")).toContain("{r.figure.pdf}");
	const markdown = read("r.md");
	expect(existsSync(join(root, /!\[.*\]\(<(.*)>\)/.exec(markdown)?.[1] ?? "none"))).toBe(true);
	const shown = JSON.parse((await scd("circuits", "show", "mine", ...database, "--json")).out);
	expect(markdown).toContain(`| Completeness score | ${shown.completeness.toFixed(2)} |`);

	const commands = (/```sh\n(.*?)\n```/s.exec(markdown)?.[1] ?? "").split("\n");
	expect(commands).toHaveLength(2);
	const words = commands.map((command) =>
		Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "").slice(2),
	);
	const other = ["--db", join(root, "again.sqlite")];
	const [traced, validated] = words as [string[], string[]];
	const again = JSON.parse((await scd(...traced, ...other, "--json")).out);
	expect(again.edges.length).toBe(shown.edges.length);
	expect(again.completeness).toBeCloseTo(shown.completeness, 12);
	const report = JSON.parse((await scd(...validated, ...other, "--json")).out);
	expect(markdown).toContain(
		`| Faithfulness: the circuit alone | ${report.faithfulness.toFixed(2).replace("-", "−")} |`,
	);
});

test("an ending of none of its forms, and a circuit that is not there", async () => {
	const wrong = await scd("report", "mine", ...database, "-o", join(root, "r.docx"));
	expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("Write it as .html, .pdf, .md, .tex.")]);
	const none = await scd("report", "nothing", ...database);
	expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is no circuit "nothing"')]);
});
