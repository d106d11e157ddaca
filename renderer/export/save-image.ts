import fontUrl from "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2?url";
import { buildPlacedSvg } from "#shared/drawing/placed-svg";
import { fitRasterScale, wantedScale } from "#shared/drawing/raster-scale";
import { findTheme } from "#shared/drawing/theme";
import { saveBytes } from "../bridge/save-bytes.ts";
import { buildCardContent } from "../canvas/card-content.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useSession } from "../document/session-store.ts";
import { joinLabels } from "../document/shown-labels.ts";
import { resolveTheme } from "../ui/apply-theme.ts";
import { showToast } from "../ui/toast-store.ts";

/** Saves what is seen, as it is seen: filters, places, folds and notes included. */
export async function saveImage(format: "svg" | "png"): Promise<void> {
	const { name, run } = useDocument.getState();
	const { scene, document, filtered, view } = useDerived.getState();
	const { settings } = useSession.getState();
	const { facts, published } = useFacts.getState();
	const content = buildCardContent(facts, joinLabels(document.labels, published), run);
	const seen = new Map(view.nodes.map((node) => [node.id, node]));
	const { svg, width, height } = buildPlacedSvg({
		fontFace: await loadFontFace(),
		nodes: scene.nodes,
		edges: scene.edges.map(({ source, target, ...edge }) => ({
			...edge,
			source: source.node.id,
			target: target.node.id,
		})),
		lanes: scene.lanes,
		notes: document.notes,
		contentOf: (node) => content(seen.get(node.id) ?? { ...node, members: [node.id] }),
		theme: findTheme(resolveTheme(settings.theme), settings.colours),
		tokens: run?.tokens ?? [],
		metricName: run?.metricName ?? "cross_entropy",
		caption: [
			run?.modelName,
			run ? `${run.metricName} ${run.metric.toPrecision(4)}` : undefined,
			run && run.explained !== null ? `features explain ${(100 * run.explained).toFixed(0)}%` : undefined,
			`${filtered.nodes.length} of ${view.nodes.length} nodes, ${filtered.edges.length} of ${view.edges.length} edges`,
		]
			.filter((part) => part !== undefined)
			.join(" · "),
	});
	const base = (name ?? "circuit").replace(/[\\/:*?"<>|]+/g, "-");
	const file = `${base}.${format}`;
	const bytes = format === "svg" ? new TextEncoder().encode(svg) : await rasterize(svg, width, height);
	const path = await saveBytes(file, bytes, format === "svg" ? "image/svg+xml" : "image/png");
	if (path !== null) showToast({ severity: "success", message: `Saved ${path}.` });
}

let fontFace: string | undefined;

/** The app's own letters for code, Latin part, as data: 40 kB. */
async function loadFontFace(): Promise<string> {
	if (fontFace === undefined) {
		const bytes = new Uint8Array(await (await fetch(fontUrl)).arrayBuffer());
		const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
		fontFace = `@font-face{font-family:"JetBrains Mono";font-weight:100 800;src:url(data:font/woff2;base64,${btoa(letters)}) format("woff2")}`;
	}
	return fontFace;
}

async function rasterize(svg: string, width: number, height: number): Promise<Uint8Array> {
	const scale = fitRasterScale(width, height);
	const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
	try {
		const image = new Image();
		image.src = url;
		await image.decode();
		const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
		canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
		if (scale < wantedScale)
			showToast({
				severity: "warning",
				message: `The picture is too large for two pixels a unit; it was saved with ${scale.toFixed(2)}. Zooming in does not need it: export SVG.`,
			});
		return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
	} finally {
		URL.revokeObjectURL(url);
	}
}
