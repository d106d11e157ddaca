import { escapeXml } from "#shared/drawing/svg-text";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { payloadMarks } from "#shared/exchange/payload-marks";
import type { Report, ReportBlock, ReportTable } from "#shared/report";
import { packPayload } from "../circuit-payload.ts";

const style = `
:root { color-scheme: light dark; --ink: #14161a; --faint: #5c626b; --line: #d9dbd3; --sunk: #f2f2ec; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9e4; --faint: #a2a8b1; --line: #3a3d43; --sunk: #23262b; --paper: #17191c; } }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p, li { max-width: 46rem; overflow-wrap: anywhere; }
li { margin: .3rem 0; }
figure { margin: 1rem 0; }
figure svg { display: block; width: 100%; height: auto; max-height: 90vh; background: #fff; border: 1px solid var(--line); border-radius: 6px; }
figcaption, .rest { color: var(--faint); font-size: .88rem; margin-top: .4rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
th { color: var(--faint); font-weight: 600; }
.number { text-align: right; white-space: nowrap; padding-left: .6rem; }
pre { background: var(--sunk); border: 1px solid var(--line); border-radius: 6px; padding: .8rem; overflow-x: auto; font: .84rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2 { break-after: avoid; } tr, figure, pre { break-inside: avoid; } }
`;

/** One page that asks nobody for anything and runs no script. The circuit itself travels in it, to be opened again. */
export async function writeReportHtml(
	{ title, blocks }: Report,
	svg: string,
	program: string,
	payload: CircuitPayload | undefined,
): Promise<string> {
	const figure = svg.replace(/^\s*<\?xml[^>]*\?>/, "");
	const circuit = payload
		? `<script type="application/octet-stream" id="scd-circuit" data-encoding="${payloadMarks.encoding}">${await packPayload(payload)}</script>\n`
		: "";
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${escapeXml(program)}">
<title>${escapeXml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeXml(title)}</h1>
${blocks.map((block) => writeBlock(block, figure)).join("\n")}
</main>
${circuit}</body>
</html>
`;
}

function writeBlock(block: ReportBlock, figure: string): string {
	switch (block.kind) {
		case "heading":
			return `<h${block.level}>${escapeXml(block.text)}</h${block.level}>`;
		case "text":
			return `<p>${escapeXml(block.text)}</p>`;
		case "list": {
			const tag = block.ordered ? "ol" : "ul";
			return `<${tag}>${block.items.map((item) => `<li>${escapeXml(item)}</li>`).join("")}</${tag}>`;
		}
		case "figure":
			return `<figure>${figure}<figcaption>${escapeXml(block.caption)}</figcaption></figure>`;
		case "code":
			return `<pre>${block.lines.map(escapeXml).join("\n")}</pre>`;
		case "table":
			return writeTable(block);
	}
}

function writeTable({ columns, rows, rest }: ReportTable): string {
	const mark = (i: number) => (columns[i]?.isNumber ? ' class="number"' : "");
	const head = columns.map(({ name }, i) => `<th scope="col"${mark(i)}>${escapeXml(name)}</th>`).join("");
	const body = rows
		.map((row) => `<tr>${row.map((cell, i) => `<td${mark(i)}>${escapeXml(cell)}</td>`).join("")}</tr>`)
		.join("\n");
	const note = rest === undefined ? "" : `\n<p class="rest">${escapeXml(rest)}</p>`;
	return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>${note}`;
}
