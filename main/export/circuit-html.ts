import { createHash } from "node:crypto";
import { escapeXml } from "#shared/drawing/svg-text";
import { edgeEffect, nodeEffect } from "#shared/effect";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { isPaired } from "#shared/trace-request";
import { packPayload } from "./circuit-payload.ts";
import { viewerScript } from "./html-viewer-script.ts";
import { viewerStyle } from "./html-viewer-style.ts";

/**
 * One page that shows a circuit offline: its drawing to move and zoom, a list to search, a card for each node. It asks
 * nobody for anything and runs no script but its own, which its policy names by hash. `svg` is a drawing of ours.
 */
export async function buildCircuitHtml(file: CircuitPayload, svg: string): Promise<string> {
	const hash = createHash("sha256").update(viewerScript).digest("base64");
	const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'`;
	const question = {
		metricName: file.metric.name,
		paired: file.runs.some(({ request }) => isPaired(request)),
		tokens: file.prompt.tokens,
	};
	const title = escapeXml(file.name);
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${escapeXml(`${file.program.name} ${file.program.version}`)}">
<title>${title}</title>
<style>${viewerStyle}</style>
</head>
<body>
<aside aria-label="Nodes">
<h1>${title}</h1>
<p class="faint">${escapeXml(describe(file))}</p>
<input id="search" type="search" placeholder="Search nodes, labels, words" aria-label="Search">
<ol id="list"></ol>
</aside>
<main id="stage" tabindex="0" aria-label="Circuit">
${svg.replace(/^\s*<\?xml[^>]*\?>/, "")}
<div id="tools"><button id="in" aria-label="Zoom in">+</button><button id="out" aria-label="Zoom out">−</button><button id="fit">Fit</button></div>
</main>
<section id="card" aria-label="Card" aria-live="polite" data-node-sign="${nodeEffect(question, 1)}" data-edge-sign="${edgeEffect(question, 1)}"></section>
<script type="application/octet-stream" id="scd-circuit" data-encoding="${payloadMarks.encoding}">${await packPayload(file)}</script>
<script>${viewerScript}</script>
</body>
</html>
`;
}

function describe({ model, metric, prompt, nodes, edges }: CircuitPayload): string {
	return [
		model.name,
		metric.value === null ? metric.name : `${metric.name} ${metric.value.toPrecision(4)}`,
		prompt.text.slice(0, 200),
		`${nodes.length} nodes, ${edges.length} edges`,
	]
		.filter((part) => part !== "")
		.join(" · ");
}
