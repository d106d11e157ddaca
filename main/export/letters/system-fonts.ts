import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { extname, join } from "node:path";
import { type FaceCoverage, readCoverage } from "./read-coverage.ts";

/** Names of fonts that are made to be read in a script, before all others that happen to have its letters. */
const preferred =
	/noto(sans|serif|emoji|naskh)|source ?han|pingfang|hiragino|yahei|msgothic|malgun|nirmala|segoe|geeza|dejavu/i;
const unwanted = /color|emojione|lastresort|fallback|unifont/i;
const depth = 6;
const mostFiles = 4000;

/** Folders in which this system keeps fonts. */
function listFolders(): readonly string[] {
	const home = homedir();
	if (process.platform === "win32")
		return [
			join(process.env["WINDIR"] ?? "C:\\Windows", "Fonts"),
			join(process.env["LOCALAPPDATA"] ?? join(home, "AppData/Local"), "Microsoft/Windows/Fonts"),
		];
	if (process.platform === "darwin") return ["/System/Library/Fonts", "/Library/Fonts", join(home, "Library/Fonts")];
	const data = (process.env["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(":");
	const own = process.env["XDG_DATA_HOME"] ?? join(home, ".local/share");
	return [...data.map((folder) => join(folder, "fonts")), join(own, "fonts"), join(home, ".fonts")];
}

function listFiles(folder: string, level = 0): readonly string[] {
	try {
		return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
			const path = join(folder, entry.name);
			if (entry.isDirectory()) return level < depth ? listFiles(path, level + 1) : [];
			return [".ttf", ".otf", ".ttc"].includes(extname(entry.name).toLowerCase()) ? [path] : [];
		});
	} catch {
		return [];
	}
}

/** The system's faces in the order in which they are asked, each read when its turn first comes. */
export class SystemFonts {
	#waiting: string[] | undefined;
	readonly #read: FaceCoverage[] = [];
	readonly #folders: readonly string[];

	constructor(folders: readonly string[] = listFolders()) {
		this.#folders = folders;
	}

	/** A face that has all of these characters and is good enough; undefined where this system has none. */
	find(codePoints: readonly number[], isGood: (face: FaceCoverage) => boolean): FaceCoverage | undefined {
		const hasAll = (face: FaceCoverage) => codePoints.every((codePoint) => face.has(codePoint)) && isGood(face);
		const known = this.#read.find(hasAll);
		if (known) return known;
		this.#waiting ??= this.#listFiles();
		for (let path = this.#waiting.pop(); path !== undefined; path = this.#waiting.pop()) {
			const faces = readCoverage(path);
			this.#read.push(...faces);
			const found = faces.find(hasAll);
			if (found) return found;
		}
		return undefined;
	}

	/** The last is asked first. */
	#listFiles(): string[] {
		const rank = (path: string) => (unwanted.test(path) ? 2 : preferred.test(path) ? 0 : 1);
		const plain = (path: string) =>
			/bold|black|thin|light|medium|italic|oblique|condensed|w[6-9]/i.test(path) ? 1 : 0;
		return this.#folders
			.flatMap((folder) => listFiles(folder))
			.slice(0, mostFiles)
			.sort((a, b) => rank(b) - rank(a) || plain(b) - plain(a) || (a < b ? 1 : -1));
	}
}
