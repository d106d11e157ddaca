import { type ExportRequest, usualExport } from "#shared/contract/export-request";
import { describeJoined, tokenOf } from "#shared/drawing/card-content";
import { edgeEffect, nodeEffect, noQuestion } from "#shared/effect";
import { withoutPosition } from "#shared/node-id";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useSession } from "../document/session-store.ts";
import { joinLabels } from "../document/shown-labels.ts";
import { useView } from "../document/view-store.ts";
import { showToast } from "../ui/toast-store.ts";
import { fetchFile, withExport } from "./make-export.ts";

/** The selected cards with the edges between them, without a frame. */
function selectionRequest(format: "svg" | "png"): ExportRequest {
	return {
		...usualExport,
		format,
		ink: useSession.getState().settings.colours,
		only: [...useView.getState().selection],
		header: false,
		legend: false,
		lanes: false,
		story: false,
		provenance: false,
		highlight: false,
		embed: false,
	};
}

async function draw(format: "svg" | "png"): Promise<Uint8Array<ArrayBuffer>> {
	return await withExport(selectionRequest(format), {}, async (made) => await fetchFile(made, 0));
}

export async function copyAsImage(): Promise<void> {
	// The clipboard is asked for at once, while the page may still use it; the picture follows.
	const picture = draw("png").then((bytes) => new Blob([bytes], { type: "image/png" }));
	await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
	showToast({ severity: "success", message: "Copied as a picture." });
}

export async function copyAsSvg(): Promise<void> {
	const svg = draw("svg").then((bytes) => new Blob([bytes], { type: "text/plain" }));
	await navigator.clipboard.write([new ClipboardItem({ "text/plain": svg })]);
	showToast({ severity: "success", message: "Copied as SVG." });
}

/** Nodes and the edges between them, for a spreadsheet. */
export async function copyAsTable(): Promise<void> {
	const { scene, document } = useDerived.getState();
	const { run } = useDocument.getState();
	const { selection } = useView.getState();
	const question = run ?? noQuestion;
	const labels = joinLabels(document.labels, useFacts.getState().published);
	const nodes = scene.nodes.filter(({ node }) => selection.has(node.id)).map(({ node }) => node);
	const edges = scene.edges.where(
		({ source, target }) => selection.has(source.node.id) && selection.has(target.node.id),
	);
	const rows = [
		["node", "token", "label", "activation", "effect on the target", "attribution as computed"],
		...nodes.map((node) => [
			node.name ?? node.id,
			node.joined === undefined ? tokenOf(node, run) : describeJoined(node.joined),
			labels.get(withoutPosition(node.id))?.text ?? "",
			String(node.activation),
			String(nodeEffect(question, node.attribution)),
			String(node.attribution),
		]),
		[],
		["source", "target", "effect on the target", "weight as computed"],
		...edges.map(({ source, target, weight }) => [
			source.node.id,
			target.node.id,
			String(edgeEffect(question, weight)),
			String(weight),
		]),
	];
	await navigator.clipboard.writeText(rows.map((row) => row.map(writeCell).join("\t")).join("\n"));
	showToast({ severity: "success", message: "Copied as a table." });
}

/** On one line, and never a formula. */
function writeCell(text: string): string {
	const line = text.replace(/[\t\r\n]+/g, " ");
	return /^[=+@]/.test(line) || /^-[^\d]/.test(line) ? `'${line}` : line;
}
