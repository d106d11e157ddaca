import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportPreview } from "#shared/contract/export-result";
import type { Drawing } from "#shared/drawing/drawing";
import type { ExportSource } from "./export-source.ts";
import { paintPackedBands } from "./pixels/band-threads.ts";
import { measurePixels } from "./pixels/pixel-bands.ts";
import { writePng } from "./pixels/png-stream.ts";
import { planDrawing } from "./plan-drawing.ts";
import { openTypesetter } from "./write-export.ts";

/** Pixels of a preview, along its longer side. */
const side = 1600;

/** The drawing as files will show it, small, and what lies where on it. */
export async function buildPreview(source: ExportSource, request: ExportRequest): Promise<ExportPreview> {
	const typesetter = openTypesetter();
	const { drawing, fewer } = planDrawing(source, request, (text) => typesetter.makeLegible(text));
	const size = measurePixels(drawing, Math.min(2, side / Math.max(drawing.width, drawing.height)));
	const parts: Uint8Array[] = [];
	const bands = paintPackedBands(drawing, typesetter, size);
	for await (const part of writePng(bands, { ...size, hasOpacity: drawing.background === null })) parts.push(part);
	return {
		picture: Buffer.concat(parts).toString("base64"),
		outline: outline(drawing),
		...(fewer && { fewer }),
	};
}

/** What a plan of sheets and a check of letters need to know. */
function outline(drawing: Drawing): Drawing {
	return {
		...drawing,
		items: drawing.items.map(({ kind, x, y, scale, box, shapes }) => ({
			kind,
			x,
			y,
			...(scale !== undefined && { scale }),
			box,
			shapes:
				kind === "edge"
					? shapes.filter(({ type }) => type === "curve")
					: kind === "lane"
						? shapes.filter(({ type }) => type === "text")
						: kind === "node"
							? smallestText(shapes)
							: [],
		})),
	};
}

function smallestText(shapes: Drawing["items"][number]["shapes"]): Drawing["items"][number]["shapes"] {
	let least: (typeof shapes)[number] | undefined;
	for (const shape of shapes)
		if (shape.type === "text" && (least?.type !== "text" || shape.size < least.size)) least = shape;
	return least ? [least] : [];
}
