import PDFDocument from "pdfkit";
import { overlaps } from "#shared/drawing/box";
import type { Drawing } from "#shared/drawing/drawing";
import type { Page } from "#shared/drawing/page";
import type { Typesetter } from "./letters/typesetter.ts";
import { type PdfResources, writePdfShapes } from "./pdf-content.ts";
import { PdfFonts } from "./pdf-fonts.ts";

export interface PdfOptions {
	readonly title: string;
	readonly program: string;
	/** A file that travels inside. */
	readonly attachment?: { readonly name: string; readonly bytes: Uint8Array; readonly description: string };
	/** Rejects where the file is not wanted any more; called after each page. */
	pageDone?(done: number, total: number): Promise<void>;
}

/** Pages as a PDF, piece by piece: text that can be searched, of each font the glyphs that are used. */
export async function* writePdf(
	drawing: Drawing,
	pages: readonly Page[],
	typesetter: Typesetter,
	{ title, program, attachment, pageDone }: PdfOptions,
): AsyncGenerator<Uint8Array, void> {
	const document = new PDFDocument({
		autoFirstPage: false,
		font: "",
		pdfVersion: "1.7",
		info: { Title: title, Creator: program, Producer: program },
	});
	const parts: Uint8Array[] = [];
	document.on("data", (part: Uint8Array) => parts.push(part));
	const ended = new Promise<void>((resolve, reject) => document.on("end", resolve).on("error", reject));
	const resources = collectResources(document, new PdfFonts(document, typesetter));
	for (const [i, page] of pages.entries()) {
		document.addPage({ size: [page.width, page.height], margin: 0 });
		writePage(document, drawing, page, resources);
		await pageDone?.(i + 1, pages.length);
		yield* parts.splice(0);
	}
	if (attachment)
		attach(document, Buffer.from(attachment.bytes), {
			name: attachment.name,
			type: "application/json",
			description: attachment.description,
			relationship: "Source",
		});
	document.end();
	await ended;
	yield* parts.splice(0);
}

type Document = InstanceType<typeof PDFDocument>;

/** PDFKit's types do not know `relationship` yet. */
function attach(document: Document, bytes: Buffer, options: Record<string, string>): void {
	document.file(bytes, options as PDFKit.Mixins.PDFAttachmentOptions);
}

/** Where an operator needs a resource, PDFKit adds it to the page that is open and writes the operator; we place it ourselves. */
function collectResources(document: Document, fonts: PdfFonts): PdfResources {
	const states = new Map<string, { readonly name: string; readonly state: ReturnType<Document["ref"]> }>();
	return {
		fonts,
		setOpacity(fill, stroke) {
			const [ca, CA] = [round(fill), round(stroke)];
			const key = `${ca} ${CA}`;
			let known = states.get(key);
			if (!known) {
				const state = document.ref({ Type: "ExtGState", ca, CA });
				state.end("");
				known = { name: `O${states.size + 1}`, state };
				states.set(key, known);
			}
			const { ext_gstates } = document.page as unknown as { readonly ext_gstates: Record<string, unknown> };
			ext_gstates[known.name] = known.state;
			return `/${known.name} gs`;
		},
	};
}

function writePage(document: Document, drawing: Drawing, page: Page, resources: PdfResources): void {
	const content = document as unknown as { addContent(operators: string): void };
	const { view } = page;
	if (view) {
		const { clip, scale } = view;
		content.addContent(`q ${[clip.x, clip.y, clip.width, clip.height].map(fine).join(" ")} re W n`);
		content.addContent(`${fine(scale)} 0 0 ${fine(scale)} ${fine(view.x)} ${fine(view.y)} cm`);
		const { width, height } = drawing;
		const seen = {
			x: (clip.x - view.x) / scale,
			y: (clip.y - view.y) / scale,
			width: clip.width / scale,
			height: clip.height / scale,
		};
		if (drawing.background !== null)
			content.addContent(
				writePdfShapes([{ type: "rect", x: 0, y: 0, width, height, fill: drawing.background }], resources),
			);
		for (const item of drawing.items) {
			if (!overlaps(item.box, seen)) continue;
			const own = item.scale ?? 1;
			const isMoved = item.x !== 0 || item.y !== 0 || own !== 1;
			const drawn = writePdfShapes(item.shapes, resources);
			content.addContent(
				isMoved ? `q ${fine(own)} 0 0 ${fine(own)} ${fine(item.x)} ${fine(item.y)} cm\n${drawn}Q` : drawn,
			);
		}
		content.addContent("Q");
	}
	content.addContent(writePdfShapes(page.marks, resources));
}

const round = (share: number) => Math.round(share * 100) / 100;
/** Without an exponent, which PDF does not know. */
const fine = (number: number) => number.toFixed(6).replace(/\.?0+$/, "");
