import type { Box } from "#shared/drawing/box";
import { overlaps } from "#shared/drawing/box";
import type { Drawing, DrawnItem } from "#shared/drawing/drawing";
import type { Page } from "#shared/drawing/page";
import type { Shape, TextShape } from "#shared/drawing/shapes";
import { escapeXml } from "#shared/drawing/svg-text";
import { outlineText, outlineUnits } from "./letters/outline.ts";
import type { Typesetter } from "./letters/typesetter.ts";
import { writeShapes } from "./svg-shapes.ts";

export interface SvgOptions {
	/** Width as it is written: `84mm`; absent means a unit of the drawing is a pixel. */
	readonly size?: { readonly width: string; readonly height: string };
}

/** Letters that were drawn often are kept once; the rest stand where they are. */
class Letters {
	readonly #typesetter: Typesetter;
	readonly #counts = new Map<string, number>();
	readonly #kept = new Map<string, { readonly id: string; readonly d: string }>();

	constructor(typesetter: Typesetter, shapes: Iterable<readonly Shape[]>) {
		this.#typesetter = typesetter;
		for (const all of shapes)
			for (const shape of all)
				if (shape.type === "text") this.#counts.set(keyOf(shape), (this.#counts.get(keyOf(shape)) ?? 0) + 1);
	}

	/** Outlines, so that every program draws the same letters, whatever fonts are there. */
	write(shape: TextShape): string {
		const { text, size, fill, x, y, align } = shape;
		const set = this.#typesetter.set(text, shape);
		if (set.runs.length === 0) return "";
		const shift = align === undefined ? 0 : align === "middle" ? set.width / 2 : set.width;
		const scale = size / outlineUnits;
		const at = `matrix(${digits(scale * set.squeeze)} 0 0 ${digits(scale)} ${round(x - shift * size)} ${round(y)})`;
		const key = keyOf(shape);
		if ((this.#counts.get(key) ?? 0) < 2) {
			const d = outlineText(set);
			return d === "" ? "" : `<path transform="${at}" fill="${fill}" d="${d}"/>`;
		}
		let kept = this.#kept.get(key);
		if (!kept) {
			kept = { id: `t${this.#kept.size}`, d: outlineText(set) };
			this.#kept.set(key, kept);
		}
		return kept.d === "" ? "" : `<use xlink:href="#${kept.id}" transform="${at}" fill="${fill}"/>`;
	}

	definitions(): string {
		return [...this.#kept.values()].map(({ id, d }) => (d === "" ? "" : `<path id="${id}" d="${d}"/>`)).join("");
	}
}

const keyOf = ({ text, bold, italic }: TextShape) => `${bold ? "b" : ""}${italic ? "i" : ""} ${text}`;

/** A drawing as one SVG document that needs nothing beside itself. */
export function writeSvgDocument(drawing: Drawing, typesetter: Typesetter, options: SvgOptions = {}): string {
	const { items, width, height } = drawing;
	const box = { x: 0, y: 0, width, height };
	const letters = new Letters(
		typesetter,
		items.map(({ shapes }) => shapes),
	);
	const body = writeBody(drawing, items, letters);
	const size = options.size ?? { width: String(width), height: String(height) };
	return writeRoot(drawing.title, { ...size, box }, letters, body);
}

/** A page: the part of the drawing that it shows, and its marks over it. */
export function writeSvgPage(drawing: Drawing, page: Page, typesetter: Typesetter): string {
	const { width, height, view, marks } = page;
	const seen = view && {
		x: (view.clip.x - view.x) / view.scale,
		y: (view.clip.y - view.y) / view.scale,
		width: view.clip.width / view.scale,
		height: view.clip.height / view.scale,
	};
	const items = seen ? drawing.items.filter(({ box }) => overlaps(box, seen)) : [];
	const letters = new Letters(typesetter, [...items.map(({ shapes }) => shapes), marks]);
	const inner =
		view && seen
			? `<svg x="${exact(view.clip.x)}" y="${exact(view.clip.y)}" width="${exact(view.clip.width)}" height="${exact(view.clip.height)}" viewBox="${exact(seen.x)} ${exact(seen.y)} ${exact(seen.width)} ${exact(seen.height)}" overflow="hidden">\n${writeBody(drawing, items, letters)}\n</svg>`
			: "";
	const over = writeShapes(marks, (shape) => letters.write(shape));
	const box = { x: 0, y: 0, width, height };
	return writeRoot(
		`${drawing.title} · ${page.label}`,
		{ width: `${width}pt`, height: `${height}pt`, box },
		letters,
		`${inner}\n${over}`,
	);
}

function writeRoot(
	title: string,
	{ width, height, box }: { readonly width: string; readonly height: string; readonly box: Box },
	letters: Letters,
	body: string,
): string {
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="${box.x} ${box.y} ${box.width} ${box.height}" role="graphics-document document" aria-label="${escapeXml(title)}">`,
		`<title>${escapeXml(title)}</title>`,
		`<defs>${letters.definitions()}</defs>`,
		body,
		"</svg>\n",
	].join("\n");
}

function writeBody({ background, width, height }: Drawing, items: readonly DrawnItem[], letters: Letters): string {
	const paper = background === null ? [] : [`<rect width="${width}" height="${height}" fill="${background}"/>`];
	const lines = items.flatMap((item, i) => [
		...(item.kind === "node" && items[i - 1]?.kind !== "node" ? ['<g role="list">'] : []),
		writeItem(item, letters),
		...(item.kind === "node" && items[i + 1]?.kind !== "node" ? ["</g>"] : []),
	]);
	return [...paper, ...lines].join("\n");
}

function writeItem({ kind, x, y, scale, shapes, title }: DrawnItem, letters: Letters): string {
	const drawn = writeShapes(shapes, (shape) => letters.write(shape));
	const at = [
		...(x !== 0 || y !== 0 ? [`translate(${round(x)} ${round(y)})`] : []),
		...(scale === undefined ? [] : [`scale(${digits(scale)})`]),
	].join(" ");
	const moved = at === "" ? "" : ` transform="${at}"`;
	if (title === undefined) return `<g${moved}>${drawn}</g>`;
	const label = escapeXml(title);
	const role = roles[kind] === undefined ? "" : ` role="${roles[kind]}" aria-label="${label}"`;
	return `<g${moved} class="${kind}"${role}><title>${label}</title>${drawn}</g>`;
}

/** Letters are outlines: what they say is said beside them. */
const roles: Readonly<Partial<Record<DrawnItem["kind"], string>>> = { node: "listitem", frame: "img", note: "img" };

const round = (number: number) => Math.round(number * 100) / 100;
/** Far from the corner too, so that sheets fit one another to the pixel. */
const exact = (number: number) => Number(number.toPrecision(10));
const digits = (number: number) => Number(number.toPrecision(6));
