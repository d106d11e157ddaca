import { describe, expect, test } from "vitest";
import type { CircuitNode } from "#shared/circuit";
import type { Report, ReportBlock } from "#shared/report";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { buildReport } from "../../main/export/report/build-report.ts";
import { writeReportHtml } from "../../main/export/report/report-html.ts";
import { writeReportLatex } from "../../main/export/report/report-latex.ts";
import { writeReportMarkdown } from "../../main/export/report/report-markdown.ts";
import { layOutReport } from "../../main/export/report/report-pages.ts";
import type { ReportSource, ReportValidation } from "../../main/export/report/report-source.ts";
import { breakCommand, wrapText } from "../../main/export/report/wrap-text.ts";
import { cellWidth, countCells } from "../../main/shared/drawing/svg-text.ts";
import { makeSource } from "./example-source.ts";

const node = (id: string, kind: CircuitNode["kind"], more: Partial<CircuitNode> = {}): CircuitNode => ({
	id,
	kind,
	position: 0,
	activation: 1,
	attribution: -0.5,
	...more,
});
const nodes = [
	node("token.7@0", "token", { feature: 7 }),
	node("mlp_0.3@0", "feature", {
		...({ site: "mlp", layer: 0, feature: 3 } as const),
		inflow: { features: 0, errors: 0, tokens: 4 },
	}),
	node("logit.2@1", "logit", { feature: 2, position: 1, inflow: { features: 3, errors: 0, tokens: 1 } }),
];
const edges = [
	{ source: "token.7@0", target: "mlp_0.3@0", weight: 2 },
	{ source: "mlp_0.3@0", target: "logit.2@1", weight: 3 },
];

const figure = (value: number, low: number, high: number) => ({ value, interval: [low, high] as const });
const request = {
	pins: ["mlp_0.3", "mlp_0.4"],
	corpus: "/somewhere/texts.txt",
	baseline: "zero",
	errors: "keep",
	seed: 3,
} as unknown as ValidationRequest;
const held = {
	sequences: 20,
	tokens: 400,
	notes: [],
	baseLoss: 3,
	ablatedLoss: 4,
	kl: 0.5,
	effect: figure(-2, -3, -1),
	faithfulness: figure(0.9, 0.8, 0.95),
	completeness: figure(0.1, 0.05, 0.15),
} as unknown as ValidationReport;
const validation = (report: Partial<ValidationReport>): ReportValidation => ({
	request,
	report: { ...held, ...report },
	at: Date.UTC(2026, 10, 27),
	command: "npx scd validate --circuit example",
});

function source(change: Partial<ReportSource> = {}): ReportSource {
	return {
		...makeSource({}, nodes, edges),
		runs: [
			{ status: "done", method: "gradient", command: "npx scd trace", at: 0, error: null, provider: "cpu", seconds: 2 },
		],
		validations: [],
		versions: { node: "24" },
		machine: "linux, x64",
		cutOffUnknown: false,
		...change,
	};
}

const report = (change: Partial<ReportSource> = {}): Report => buildReport(source(change), "A figure.");
const textOf = (block: ReportBlock): string => JSON.stringify(block);

/** What stands under a heading. */
function section({ blocks }: Report, title: string): string {
	const from = blocks.findIndex((block) => block.kind === "heading" && block.text === title);
	const rest = blocks.slice(from + 1);
	const end = rest.findIndex((block) => block.kind === "heading" && block.level === 2);
	return from < 0
		? ""
		: rest
				.slice(0, end < 0 ? undefined : end)
				.map(textOf)
				.join("\n");
}

describe("what a report says", () => {
	test("every score with its interval, and what it is of", () => {
		const said = section(report({ validations: [validation({})] }), "How much of it is explained");
		expect(said).toContain('["Replacement score","0.25","exact"');
		expect(said).toContain('["Completeness score","0.75"');
		expect(said).toContain(
			'["Faithfulness","0.90","[0.80, 0.95]","Of the model’s effect, the share that the circuit alone brings about. Over 20 sequences of texts.txt."]',
		);
	});

	test("how much comes back on similar prompts, and how it grows, stand among a validation's figures", () => {
		const parts = {
			nodes: { jaccard: figure(0.4, 0.3, 0.5), rank: null },
			edges: { jaccard: figure(0.2, 0.1, 0.3), rank: figure(0.7, 0.6, 0.8) },
		};
		const change = {
			stability: { prompts: 12, draws: 100, similar: parts, resampled: parts },
			curve: [{ size: 3, ...figure(0.55, 0.5, 0.6) }],
		} as unknown as Partial<ValidationReport>;
		const said = section(report({ validations: [validation(change)] }), "How sure one can be");
		expect(said).toContain(
			'["Stability over 12 prompts traced anew, features: overlap (Jaccard)","0.40","[0.30, 0.50]"]',
		);
		expect(said).toContain('["Rank correlation of what both have","too few in common",""]');
		expect(said).toContain('["Stability over 100 draws of them, edges: overlap (Jaccard)","0.20","[0.10, 0.30]"]');
		expect(said).toContain('["Faithfulness of the 3 strongest features","0.55","[0.50, 0.60]"]');
		expect(section(report({ validations: [validation(change)] }), "What was tried and did not hold")).toContain(
			"less than half of the circuit comes back: overlap of features 0.40 [0.30, 0.50]",
		);
	});

	test("where the effect may be zero, a share that was measured is not told", () => {
		const said = section(
			report({ validations: [validation({ effect: figure(-2, -5, 1) })] }),
			"How much of it is explained",
		);
		expect(said).toContain('["Faithfulness","the circuit’s effect is too small to divide by",""');
		expect(said).not.toContain("0.90");
	});

	test("the story in its order, with the names of its path", () => {
		const { document } = source();
		const story = [
			{ id: "b", order: 2, path: [], text: "Then it is over." },
			{ id: "a", order: 1, path: ["token.7@0", "mlp_0.3@0"], text: "The token is read." },
		];
		const said = report({ document: { ...document, story } }).blocks.find(
			(block) => block.kind === "list" && block.ordered,
		);
		expect(said).toMatchObject({ items: ["The token is read. (a @0 → mlp_0.3)", "Then it is over."] });
		expect(section(report(), "Story")).toBe("");
	});

	test("nothing was tried: that is said, and not that all is well", () => {
		expect(section(report(), "How sure one can be")).toContain("Nothing was intervened on yet");
		expect(section(report(), "What was tried and did not hold")).toContain("No validation was run");
	});

	test("what held is no failure", () => {
		const said = section(
			report({
				validations: [validation({})],
				document: {
					...source().document,
					edges: [
						...edges,
						{ source: "token.7@0", target: "logit.2@1", weight: 1 },
						{ source: "token.7@0", target: "mlp_0.3@0", weight: 4 },
					].slice(1),
				},
			}),
			"What was tried and did not hold",
		);
		expect(said).toContain("Nothing that was tried spoke against it.");
	});

	test.each([
		[{ faithfulness: null }, "the circuit’s effect is too small to divide by"],
		[{ effect: figure(-2, -5, 1) }, "the circuit’s effect is too small to divide by"],
		[{ faithfulness: figure(0.3, -0.1, 0.7) }, "faithfulness may be zero: 0.30 [−0.10, 0.70]"],
		[{ faithfulness: figure(0.3, 0.2, 0.4) }, "the circuit alone does less than half: 0.30 [0.20, 0.40]"],
		[{ controls: [0.1, 0.95] }, "1 of 2 random circuits of the same size do as well (faithfulness 0.95 at most)"],
		[{ completeness: figure(0.6, 0.5, 0.7) }, "0.60 of the effect is left without the circuit"],
		[
			{
				leaveOneOut: [
					{ pin: "mlp_0.3", faithfulness: 0.1 },
					{ pin: "mlp_0.4", faithfulness: 0.9 },
				],
			},
			"1 of 2 features are not needed",
		],
	] as [Partial<ValidationReport>, string][])("what speaks against it: %j", (change, sentence) => {
		const said = section(report({ validations: [validation(change)] }), "What was tried and did not hold");
		expect(said).toContain(sentence);
	});

	test("runs that failed, what was cut off, hidden and drawn by hand", () => {
		const { document, runs } = source();
		const failed = { ...runs[0], status: "failed", error: "The disk is full." } as (typeof runs)[number];
		const said = section(
			report({
				runs: [...runs, failed],
				document: {
					...document,
					hidden: [{ id: "mlp_0.3@0" }],
					links: [{ source: "token.7@0", target: "logit.2@1", text: "?" }],
				},
			}),
			"What was tried and did not hold",
		);
		expect(said).toContain("A trace by gradient of 1970-01-01 failed: The disk is full.");
		// Of 8 that lead in, 2 + 1 are no edges.
		expect(said).toContain("38% were cut off as too weak");
		expect(said).toContain("1 node is hidden by hand");
		expect(said).toContain("1 edge was drawn by hand");
	});

	test("how to have it again: commands of what came to an end, hashes, versions", () => {
		const { runs } = source();
		const other = { ...runs[0], status: "cancelled", command: "npx scd trace --never" } as (typeof runs)[number];
		const said = section(report({ runs: [...runs, other], validations: [validation({})] }), "Reproduce");
		expect(said).toContain('"lines":["npx scd trace","npx scd validate --circuit example"]');
		expect(said).toContain('["model","m","0123456789abcdef"]');
		expect(said).toContain('["version","node","24"]');
	});
});

const hostile: Report = {
	title: "<b>50% & $x_1$ | `a` \\",
	blocks: [
		{ kind: "text", text: "a|b <script>alert(1)</script> # not a heading" },
		{ kind: "table", columns: [{ name: "a|b" }, { name: "n", isNumber: true }], rows: [["x | y\nz", "1"]] },
		{ kind: "code", lines: ["echo '```'"] },
		{ kind: "figure", caption: "C" },
	],
};

describe("forms", () => {
	test("HTML takes no text for a tag, asks nobody and runs nothing", async () => {
		const html = await writeReportHtml(hostile, "<svg></svg>", "p", undefined);
		expect(html).not.toMatch(/<script|<b>|https?:/);
		expect(html).toContain("default-src 'none'");
		expect(html).toMatch(/&[^;]+;script&[^;]+;alert\(1\)/);
		expect(html).toContain("<figure><svg></svg><figcaption>C</figcaption></figure>");
	});

	test("Markdown takes no text for a mark, and a cell stays a cell", () => {
		const lines = writeReportMarkdown(hostile, "x.figure.svg").split("\n");
		expect(lines[0]).toBe("# \\<b\\>50% \\& \\$x\\_1\\$ \\| \\`a\\` \\\\");
		expect(lines).toContain("| x \\| y z | 1 |");
		expect(lines).toContain("````sh");
		expect(lines).toContain("![C](<x.figure.svg>)");
	});

	test("LaTeX takes no text for a command", () => {
		const tex = writeReportLatex(hostile, "x.figure.pdf");
		expect(tex).toContain("\\title{\\textless{}b\\textgreater{}50\\% \\& \\$x\\_1\\$ | `a` \\textbackslash{}}");
		expect(tex).toContain("\\includegraphics[width=\\linewidth,height=0.8\\textheight,keepaspectratio]{x.figure.pdf}");
	});

	test("on paper every letter stands between the margins, and nothing is lost over pages", () => {
		const rows = Array.from({ length: 150 }, (_, i) => [`row-${i} ${"long words ".repeat(i % 7)}`, String(i)]);
		const blocks: ReportBlock[] = [
			{ kind: "heading", level: 2, text: "Heading" },
			{ kind: "figure", caption: "A caption" },
			{ kind: "table", columns: [{ name: "Name" }, { name: "Number", isNumber: true }], rows },
			{ kind: "list", items: ["one ".repeat(80), "two"] },
			{ kind: "code", lines: [`npx scd trace --prompt '${"word ".repeat(60)}' --metric logit`] },
		];
		const drawing = { width: 2000, height: 4000, background: "#ffffff", items: [], title: "" };
		const pages = layOutReport({ title: "A title", blocks }, drawing);
		expect(pages.length).toBeGreaterThan(4);
		expect(pages.filter(({ view }) => view)).toHaveLength(1);
		const texts = pages.flatMap((page) => page.marks.flatMap((mark) => (mark.type === "text" ? [{ page, mark }] : [])));
		for (const { page, mark } of texts) {
			const width = countCells(mark.text) * cellWidth * mark.size;
			const left = mark.align === "end" ? mark.x - width : mark.x;
			expect(left).toBeGreaterThan(53);
			expect(left + width).toBeLessThan(page.width - 53);
			expect(mark.y).toBeLessThan(page.height - 20);
		}
		const all = texts.map(({ mark }) => mark.text).join(" ");
		for (const [name = ""] of rows) expect(all).toContain(name.split(" ")[0]);
		const { clip } = pages.find(({ view }) => view)?.view ?? {};
		expect((clip?.y ?? 0) + (clip?.height ?? 1e9)).toBeLessThan(842 - 54);
	});

	test("text breaks between words, words where nothing else helps, commands so that a shell reads on", () => {
		expect(wrapText("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
		expect(wrapText("abcdefg", 3)).toEqual(["abc", "def", "g"]);
		expect(breakCommand("scd trace --prompt 'a b' -x", 20)).toEqual(["scd trace --prompt \\", "  'a b' -x"]);
	});
});
