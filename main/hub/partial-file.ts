import { randomBytes } from "node:crypto";
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isProcessAlive } from "../store/process-alive.ts";

/**
 * Files that are not whole yet, beside the blobs that they will be. The name says who writes: machine, process, since when.
 * A file is taken over by renaming it, which only one can do; so nobody ever writes where another one does, with Python's
 * `huggingface_hub` beside us too, whose own partial files are never touched.
 */
export interface PartialFile {
	readonly path: string;
	readonly bytes: number;
}

const idle = "idle";
const here = hostname().replaceAll(/[^\w]/g, "").slice(0, 32) || "host";
/** A writer on another machine that has written nothing for so long is taken for dead. */
const silentMs = 60_000;

interface Claim extends PartialFile {
	readonly owner: string;
	readonly since: number;
	readonly alive: boolean;
}

const pattern = (etag: string) => `${etag}.scd-`;

function listClaims(blobs: string, etag: string): readonly Claim[] {
	const start = pattern(etag);
	return readdirSync(blobs)
		.filter((name) => name.startsWith(start) && name.endsWith(".incomplete"))
		.flatMap((name) => {
			const path = join(blobs, name);
			const stat = statSync(path, { throwIfNoEntry: false });
			if (!stat) return [];
			const [owner = "", pid = "", since = "0"] = name.slice(start.length).split("-");
			const alive =
				owner !== idle &&
				(owner === here ? isProcessAlive(Number(pid), Number(since)) : Date.now() - stat.mtimeMs < silentMs);
			return [{ path, bytes: stat.size, owner: `${owner}-${pid}`, since: Number(since), alive }];
		})
		.sort((a, b) => a.since - b.since || (a.path < b.path ? -1 : 1));
}

const me = () => `${here}-${process.pid}`;

/** Takes what a writer that is gone left behind, or begins anew. Undefined while somebody else writes this file. */
export function claimPartial(blobs: string, etag: string): PartialFile | undefined {
	if (findWriter(blobs, etag)) return undefined;
	const mine = join(blobs, `${pattern(etag)}${me()}-${Date.now()}-${randomBytes(3).toString("hex")}.incomplete`);
	const orphan = listClaims(blobs, etag)
		.filter(({ alive }) => !alive)
		.sort((a, b) => b.bytes - a.bytes)[0];
	if (!orphan || !take(orphan.path, mine)) writeFileSync(mine, "", { flag: "wx" });
	// Two that began in the same moment see one another now; the elder goes on.
	const [eldest] = listClaims(blobs, etag).filter(({ alive }) => alive);
	if (eldest && eldest.path !== mine) {
		releasePartial(blobs, etag, mine);
		return undefined;
	}
	return { path: mine, bytes: statSync(mine).size };
}

function take(from: string, to: string): boolean {
	try {
		renameSync(from, to);
		return true;
	} catch {
		// Somebody was faster.
		return false;
	}
}

/** Who else writes this file now, and how far it has come. */
export function findWriter(blobs: string, etag: string): PartialFile | undefined {
	return listClaims(blobs, etag).find(({ alive }) => alive);
}

/** Bytes of a file that is not whole, whoever wrote them; 0 where there are none. */
export function countPartial(blobs: string, etag: string): number {
	try {
		return Math.max(0, ...listClaims(blobs, etag).map(({ bytes }) => bytes));
	} catch {
		return 0;
	}
}

/** Leaves a file to whoever goes on with it. */
export function releasePartial(blobs: string, etag: string, path: string): void {
	const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
	if (bytes === 0) rmSync(path, { force: true });
	else take(path, join(blobs, `${pattern(etag)}${idle}-0-0-${randomBytes(3).toString("hex")}.incomplete`));
}

/** Where the storage's own mark of a content is kept while it is not whole. */
export const markPath = (blobs: string, etag: string) => join(blobs, `${etag}.scd-validator`);

/** Throws away what nobody writes. */
export function discardPartials(blobs: string, etag: string): void {
	try {
		const claims = listClaims(blobs, etag);
		for (const { path, alive } of claims) if (!alive) rmSync(path, { force: true });
		if (!claims.some(({ alive }) => alive)) rmSync(markPath(blobs, etag), { force: true });
	} catch {
		// A folder that is gone holds nothing.
	}
}
