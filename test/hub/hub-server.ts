import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Repositories by name, each a set of files by path; data sets by `datasets/NAME`. */
export type HubContent = Readonly<Record<string, Readonly<Record<string, Buffer | string>>>>;

/** What the server is told to do wrong. Each is asked before a request is answered as it should be. */
export interface HubFaults {
	/** Instead of the answer; true where the response is dealt with. */
	answer?(request: HubRequest, response: ServerResponse): boolean;
	/** Bytes after which the connection of this request is cut. */
	cutAfter?(request: HubRequest): number | undefined;
	/** Other bytes than the file's. */
	change?(request: HubRequest, body: Buffer): Buffer;
}

export interface HubRequest {
	readonly place: "hub" | "storage";
	readonly method: string;
	/** Without the query. */
	readonly path: string;
	readonly file?: string;
	readonly range?: number | undefined;
	readonly headers: IncomingMessage["headers"];
	/** How often this file was asked for at this place, this time included. */
	readonly count: number;
}

/** A hub with its storage on another port, as the real one speaks. Files from `largeBytes` on lie in the storage. */
export interface HubServer {
	readonly url: string;
	readonly storageUrl: string;
	/** Everything that was asked, in order. */
	readonly requests: readonly HubRequest[];
	/** Bytes of files that were sent. */
	readonly sentBytes: number;
	faults: HubFaults;
	/** Another commit of a repository. */
	commit(repo: string, files: Readonly<Record<string, Buffer | string>>, revision?: string): void;
	revisionOf(repo: string): string;
	dispose(): Promise<void>;
}

const largeBytes = 2000;

export async function startHub(content: HubContent, { pageLength = 1000 } = {}): Promise<HubServer> {
	const repos = new Map<string, Repo>();
	for (const [name, files] of Object.entries(content)) repos.set(name, readRepo(files));
	const requests: HubRequest[] = [];
	const counts = new Map<string, number>();
	const state = { sentBytes: 0, faults: {} as HubFaults };
	const note = (request: Omit<HubRequest, "count">): HubRequest => {
		const key = `${request.place} ${request.file ?? request.path}`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
		const noted = { ...request, count: counts.get(key) ?? 1 };
		requests.push(noted);
		return noted;
	};
	const send = (request: HubRequest, response: ServerResponse, file: StoredFile, etag: string) => {
		const body = state.faults.change?.(request, file.body) ?? file.body;
		const unchanged = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
		const from = unchanged ? (request.range ?? 0) : 0;
		if (from > 0 && from >= body.length) {
			response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
			return;
		}
		response.writeHead(from > 0 ? 206 : 200, {
			etag,
			"content-length": body.length - from,
			"accept-ranges": "bytes",
			...(from > 0 && { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` }),
		});
		if (request.method === "HEAD") return void response.end();
		const cut = state.faults.cutAfter?.(request);
		const part = body.subarray(from, cut === undefined ? undefined : from + cut);
		state.sentBytes += part.length;
		if (cut === undefined) response.end(part);
		else response.write(part, () => response.socket?.destroySoon());
	};
	const storage = await listen((incoming, response) => {
		const file = findStored(repos, incoming.url ?? "");
		const request = note({ place: "storage", ...describe(incoming), ...(file && { file: file.path }) });
		if (state.faults.answer?.(request, response)) return;
		if (file) send(request, response, file, `"${file.etag.slice(0, 16)}"`);
		else response.writeHead(403).end();
	});
	const storageUrl = addressOf(storage);
	const hub = await listen((incoming, response) => {
		const url = new URL(incoming.url ?? "", "http://hub");
		const resolved = /^\/((?:datasets\/)?(?:[^/]+\/)?[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
		const file = resolved ? decodeURIComponent(resolved[3] as string) : undefined;
		const request = note({ place: "hub", ...describe(incoming), ...(file !== undefined && { file }) });
		if (state.faults.answer?.(request, response)) return;
		const api = /^\/api\/(models\/|datasets\/)(.+?)(?:\/(revision|tree|paths-info)\/([^/]+).*)?$/.exec(url.pathname);
		const name = resolved?.[1] ?? (api ? api[1]?.replace("models/", "") + (api[2] ?? "") : "");
		const repo = repos.get(name);
		if (!repo) return void response.writeHead(404, { "x-error-code": "RepoNotFound" }).end();
		const revision = resolved?.[2] ?? api?.[4] ?? "main";
		if (revision !== "main" && revision !== repo.revision)
			return void response.writeHead(404, { "x-error-code": "RevisionNotFound" }).end();
		if (resolved) {
			const stored = repo.files.get(file ?? "");
			const common = { "x-repo-commit": repo.revision };
			if (!stored) response.writeHead(404, { ...common, "x-error-code": "EntryNotFound" }).end();
			else if (stored.large)
				response
					.writeHead(302, {
						...common,
						location: `${storageUrl}/${stored.etag}`,
						"x-linked-etag": `"${stored.etag}"`,
						"x-linked-size": stored.body.length,
					})
					.end();
			else {
				for (const [key, value] of Object.entries(common)) response.setHeader(key, value);
				send(request, response, stored, `"${stored.etag}"`);
			}
		} else if (api?.[3] === "tree") sendTree(response, repo, url, pageLength, hub ? addressOf(hub) : "");
		else
			json(response, {
				_id: name,
				id: name,
				modelId: name,
				sha: repo.revision,
				private: false,
				gated: false,
				downloads: 1,
				likes: 1,
				lastModified: "2024-02-19T10:57:45.000Z",
				siblings: [...repo.files.keys()].map((rfilename) => ({ rfilename })),
			});
	});
	return {
		url: addressOf(hub),
		storageUrl,
		requests,
		get sentBytes() {
			return state.sentBytes;
		},
		get faults() {
			return state.faults;
		},
		set faults(faults) {
			state.faults = faults;
		},
		commit: (name, files, revision) =>
			void repos.set(name, { ...readRepo(files), ...(revision !== undefined && { revision }) }),
		revisionOf: (name) => repos.get(name)?.revision ?? "",
		async dispose() {
			for (const server of [hub, storage]) {
				server.closeAllConnections();
				await new Promise((resolve) => server.close(resolve));
			}
		},
	};
}

interface StoredFile {
	readonly path: string;
	readonly body: Buffer;
	readonly oid: string;
	readonly etag: string;
	readonly large: boolean;
}

interface Repo {
	readonly revision: string;
	readonly files: ReadonlyMap<string, StoredFile>;
}

function readRepo(content: Readonly<Record<string, Buffer | string>>): Repo {
	const files = Object.entries(content).map(([path, data]): StoredFile => {
		const body = Buffer.from(data as string);
		const large = body.length >= largeBytes;
		const oid = createHash("sha1").update(`blob ${body.length}\0`).update(body).digest("hex");
		return { path, body, oid, large, etag: large ? createHash("sha256").update(body).digest("hex") : oid };
	});
	const revision = createHash("sha1");
	for (const { path, etag } of files) revision.update(`${path} ${etag}\n`);
	return { revision: revision.digest("hex"), files: new Map(files.map((file) => [file.path, file])) };
}

function sendTree(response: ServerResponse, repo: Repo, url: URL, pageLength: number, self: string): void {
	const all = [...repo.files.values()];
	const from = Number(url.searchParams.get("cursor") ?? 0);
	const folders =
		from > 0 ? [] : [...new Set(all.flatMap(({ path }) => (path.includes("/") ? [path.replace(/\/[^/]*$/, "")] : [])))];
	const page = all.slice(from, from + pageLength);
	if (from + pageLength < all.length) {
		const next = new URL(self + url.pathname + url.search);
		next.searchParams.set("cursor", String(from + pageLength));
		response.setHeader("link", `<${next.href}>; rel="next"`);
	}
	json(response, [
		...folders.map((path) => ({ type: "directory", oid: "0".repeat(40), size: 0, path })),
		...page.map(({ path, body, oid, etag, large }) => ({
			type: "file",
			oid,
			size: body.length,
			path,
			...(large && { lfs: { oid: etag, size: body.length, pointerSize: 134 } }),
		})),
	]);
}

function findStored(repos: ReadonlyMap<string, Repo>, url: string): StoredFile | undefined {
	for (const { files } of repos.values())
		for (const file of files.values()) if (file.large && url === `/${file.etag}`) return file;
	return undefined;
}

function describe({ method = "GET", url = "/", headers }: IncomingMessage) {
	const range = /^bytes=(\d+)-/.exec(headers.range ?? "")?.[1];
	return { method, path: url.replace(/\?.*/, ""), headers, range: range === undefined ? undefined : Number(range) };
}

function json(response: ServerResponse, value: unknown): void {
	response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(value));
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
	const server = createServer(handler);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
