import { AppError } from "#shared/errors";

export type XmlEvent =
	| { readonly type: "open"; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
	| { readonly type: "close"; readonly name: string }
	| { readonly type: "text"; readonly text: string };

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const deepest = 200;

/**
 * Reads XML as a row of events: elements without their prefixes, text, CDATA. A document type is refused, so that there
 * are no entities but the five that XML has, and nothing is ever fetched. Throws `bad-file`.
 */
export function* readXml(text: string, file: string): Generator<XmlEvent> {
	const refuse = (why: string) =>
		new AppError("bad-file", `${file} is damaged or no file of ours: ${why}. Export it again.`);
	const open: string[] = [];
	let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
	const skipTo = (mark: string, from: number): number => {
		const end = text.indexOf(mark, from);
		if (end < 0) throw refuse("it ends in the middle of its markup");
		return end;
	};
	while (at < text.length) {
		if (text[at] !== "<") {
			const end = text.indexOf("<", at);
			const raw = text.slice(at, end < 0 ? undefined : end);
			if (open.length > 0) yield { type: "text", text: decode(raw, refuse) };
			else if (raw.trim() !== "") throw refuse("text stands outside of its elements");
			at = end < 0 ? text.length : end;
		} else if (text.startsWith("<!--", at)) at = skipTo("-->", at + 4) + 3;
		else if (text.startsWith("<![CDATA[", at)) {
			const end = skipTo("]]>", at);
			yield { type: "text", text: text.slice(at + 9, end) };
			at = end + 3;
		} else if (text.startsWith("<?", at)) at = skipTo("?>", at) + 2;
		else if (text.startsWith("<!", at)) throw refuse("it declares a document type, and such files are not opened");
		else if (text.startsWith("</", at)) {
			const end = skipTo(">", at);
			const name = local(text.slice(at + 2, end).trim());
			if (open.pop() !== name) throw refuse(`its element ${name.slice(0, 40)} is closed where it is not open`);
			yield { type: "close", name };
			at = end + 1;
		} else {
			const { name, attributes, empty, end } = readTag(text, at, refuse);
			yield { type: "open", name, attributes };
			if (empty) yield { type: "close", name };
			else if (open.push(name) > deepest) throw refuse("its elements are nested too deeply");
			at = end;
		}
	}
	if (open.length > 0) throw refuse("it ends too early");
}

const local = (name: string) => name.slice(name.indexOf(":") + 1);
const isBlank = (code: number) => code === 32 || (code >= 9 && code <= 13);

function readTag(text: string, start: number, refuse: (why: string) => AppError) {
	const attributes = new Map<string, string>();
	let at = start + 1;
	const takeName = (): string => {
		const from = at;
		while (at < text.length && !isBlank(text.charCodeAt(at)) && !"=>/<\"'".includes(text[at] as string)) at++;
		if (at === from) throw refuse("a name is missing in its markup");
		return text.slice(from, at);
	};
	const skipBlanks = () => {
		while (at < text.length && isBlank(text.charCodeAt(at))) at++;
	};
	const name = local(takeName());
	for (;;) {
		skipBlanks();
		if (text[at] === ">") return { name, attributes, empty: false, end: at + 1 };
		if (text.startsWith("/>", at)) return { name, attributes, empty: true, end: at + 2 };
		const key = takeName();
		skipBlanks();
		if (text[at] !== "=") throw refuse("an attribute has no value");
		at++;
		skipBlanks();
		const mark = text[at];
		if (mark !== '"' && mark !== "'") throw refuse("an attribute has no value");
		const end = text.indexOf(mark, at + 1);
		if (end < 0) throw refuse("it ends in the middle of its markup");
		attributes.set(key, decode(text.slice(at + 1, end), refuse));
		at = end + 1;
	}
}

function decode(raw: string, refuse: (why: string) => AppError): string {
	if (!raw.includes("&")) return raw;
	return raw.replace(/&([^;&\s]{0,12};?)/g, (_, body: string) => {
		const name = body.endsWith(";") ? body.slice(0, -1) : "";
		const [, hex, digits] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
		const code = hex !== undefined ? Number.parseInt(hex, 16) : digits !== undefined ? Number(digits) : undefined;
		if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code);
		const letter = Object.hasOwn(entities, name) ? entities[name] : undefined;
		if (letter === undefined) throw refuse("it uses an entity that XML does not know");
		return letter;
	});
}
