import { datasetInfo, HubApiError, listFiles, modelInfo } from "@huggingface/hub";
import type { RepoName } from "#shared/cache-path";
import { AppError } from "#shared/errors";
import type { HubConnection } from "./hub-connection.ts";
import { describeBrokenConnection, describeRefusal } from "./hub-failure.ts";
import { readRetryAfter } from "./with-retries.ts";

/** A file of a repository on the hub, as its listing says. */
export interface RemoteFile {
	/** In the repository, with slashes. */
	readonly path: string;
	readonly bytes: number;
	/** Names its blob in the cache: the SHA-256 of a large file, git's own hash of a small one; SHA-512 where others say so. */
	readonly etag: string;
	/** Where it lies, of files that are not the hub's. */
	readonly url?: string;
}

export interface RepoListing extends RepoName {
	/** The commit. */
	readonly revision: string;
	readonly files: readonly RemoteFile[];
}

/** What a repository holds now. Throws `network`, `access` or `not-found`. */
export async function listRepo(connection: HubConnection, name: RepoName, branch = "main"): Promise<RepoListing> {
	const { kind, repo } = name;
	connection.refuseOffline();
	const { settings, fetch } = connection;
	let answered: Response | undefined;
	const options = {
		hubUrl: settings.endpoint,
		fetch: (async (...args: Parameters<typeof fetch>) => {
			answered = await fetch(...args);
			return answered;
		}) as typeof fetch,
	};
	try {
		const asked = { name: repo, revision: branch, ...options };
		const { sha } =
			kind === "models"
				? await modelInfo({ ...asked, additionalFields: ["sha"] })
				: await datasetInfo({ ...asked, additionalFields: ["sha"] });
		if (typeof sha !== "string" || !/^\w[\w.-]*$/.test(sha)) throw new SyntaxError("it names no commit");
		const files: RemoteFile[] = [];
		for await (const { type, path, size, oid, lfs } of listFiles({
			...{ repo: { type: kind === "models" ? "model" : "dataset", name: repo }, revision: sha, recursive: true },
			...options,
		}))
			if (type === "file")
				files.push({ path: checkPath(path, repo), bytes: lfs?.size ?? size, etag: checkEtag(lfs?.oid ?? oid, repo) });
		return { ...name, revision: sha, files };
	} catch (error) {
		if (error instanceof AppError) throw error;
		if (error instanceof HubApiError || (answered && !answered.ok)) {
			const status = error instanceof HubApiError ? error.statusCode : (answered?.status ?? 0);
			const code = answered?.headers.get("x-error-code") ?? undefined;
			throw describeRefusal(
				{ status, code, page: repoPage(name), repo, retryAfter: readRetryAfter(answered?.headers.get("retry-after")) },
				settings,
			);
		}
		if (error instanceof SyntaxError || answered?.ok)
			throw new AppError(
				"network",
				`${settings.endpoint} does not answer as a Hugging Face hub does (${(error as Error).message}). A proxy may be in the way, or HF_ENDPOINT names another server.`,
				{ repo },
			);
		if (connection.retries.signal?.aborted) throw connection.retries.signal.reason;
		throw describeBrokenConnection(error, new URL(settings.endpoint).host);
	}
}

/** Of a repository, from the hub's address on. */
export const repoPage = ({ kind, repo }: RepoName) => (kind === "models" ? repo : `${kind}/${repo}`);

/** Whoever runs the hub must not choose where on this disk a file lands. */
function checkPath(path: string, repo: string): string {
	const sound =
		path !== "" &&
		!/[\\\0]|^[a-z]:/i.test(path) &&
		path.split("/").every((part) => part !== "" && !/^\.{1,2}$/.test(part));
	if (sound) return path;
	throw new AppError(
		"bad-file",
		`${repo} holds a file named "${path}", which no cache may take. Nothing was fetched.`,
		{
			repo,
			path,
		},
	);
}

function checkEtag(etag: string | undefined, repo: string): string {
	const plain = normalizeEtag(etag ?? "").replace(/^sha256:/, "");
	if (/^[\w.-]+$/.test(plain) && !/^\.+$/.test(plain)) return plain;
	throw new AppError("network", `The hub gives no checksum for a file of ${repo}. Try again later.`, { repo, etag });
}

/** As `huggingface_hub` does: without quotation marks and the sign of weakness. */
function normalizeEtag(etag: string): string {
	return etag.replace(/^W\//, "").replaceAll('"', "");
}
