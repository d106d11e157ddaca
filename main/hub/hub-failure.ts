import { AppError } from "#shared/errors";
import type { HubSettings } from "./hub-settings.ts";

/** Where the hub said no: everything that its sentence needs. */
export interface Refusal {
	readonly status: number;
	/** Header `X-Error-Code`. */
	readonly code: string | undefined;
	readonly repo: string;
	/** Its page, from the hub's address on. */
	readonly page: string;
	/** The file that was asked for, where it was one. */
	readonly path?: string;
	/** Header `Retry-After`, in seconds. */
	readonly retryAfter?: number | undefined;
}

const kept = "What was fetched is kept, and the same download goes on from there.";

/** The sentence for an answer that is none: what happened, why, what to do. */
export function describeRefusal(refusal: Refusal, settings: HubSettings): AppError {
	const { status, code, repo, path, retryAfter } = refusal;
	const page = `${settings.endpoint}/${refusal.page}`;
	const data = { status, repo, ...(path !== undefined && { file: path }) };
	if (status === 401 || status === 403) {
		if (code === "RepoNotFound" && settings.token === undefined)
			return new AppError(
				"access",
				`The hub shows no ${repo} to a stranger (HTTP ${status}): it was moved or removed, or only its members see it. Look at ${page}; if you have access, put a token into HF_TOKEN or ${settings.tokenPlace}.`,
				data,
			);
		const how =
			settings.token === undefined
				? `Ask for access at ${page}, make a token at ${settings.endpoint}/settings/tokens, and put it into the variable HF_TOKEN or the file ${settings.tokenPlace}.`
				: `The token from ${settings.tokenPlace} was refused: ask for access at ${page} with its account, or make a new one at ${settings.endpoint}/settings/tokens.`;
		return new AppError("access", `${repo} is given only to people who have access (HTTP ${status}). ${how}`, data);
	}
	if (status === 404 || status === 410)
		return new AppError(
			"not-found",
			code === "EntryNotFound" || (code === undefined && path !== undefined)
				? `${repo} no longer holds ${path ?? "what was asked for"} (HTTP ${status}). Its owner changed it; look at ${page}.`
				: `${repo} is not on the hub (HTTP ${status}): it was moved, renamed or removed. Look at ${page}, or fetch another one.`,
			data,
		);
	if (status === 429)
		return new AppError(
			"network",
			`The hub answers too many requests from here (HTTP 429)${retryAfter === undefined ? "" : ` and asks to wait ${Math.ceil(retryAfter)} s`}. Try again later. ${kept}`,
			{ ...data, retryAfter },
		);
	if (status >= 500)
		return new AppError("network", `The hub is in trouble (HTTP ${status}). Try again later. ${kept}`, data);
	return new AppError(
		"network",
		`The hub refused ${path === undefined ? repo : `${path} of ${repo}`} (HTTP ${status}). Look at ${page}.`,
		data,
	);
}

/** The same of servers that are no hub. */
export function describeForeignRefusal(status: number, url: string): AppError {
	const { host, origin, pathname } = new URL(url);
	const where = `${origin}${pathname}`;
	if (status === 404 || status === 410)
		return new AppError("not-found", `${host} no longer has ${where} (HTTP ${status}). Install a newer scd.`, {
			where,
		});
	const why = status >= 500 || status === 429 ? `${host} is in trouble` : `${host} refused ${where}`;
	return new AppError("network", `${why} (HTTP ${status}). Try again later. ${kept}`, { status, where });
}

const unreachable = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN"]);

/** The code of the innermost error: `fetch` and `request` wrap what the socket said. */
function networkCode(error: unknown): string | undefined {
	for (let cause = error; cause instanceof Error; cause = cause.cause) {
		const { code } = cause as NodeJS.ErrnoException;
		if (typeof code === "string" && code !== "UND_ERR_SOCKET") return code;
		if (cause instanceof AggregateError && cause.errors[0]) cause.cause ??= cause.errors[0];
	}
	return undefined;
}

/** The proxy of the environment that did not answer: the innermost error says where it was knocked. */
function findFailedProxy(
	error: unknown,
	asked: string,
): { readonly variable: string; readonly host: string } | undefined {
	let innermost = error;
	while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
	const { address, hostname, port } = innermost as { address?: string; hostname?: string; port?: number };
	for (const variable of ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"]) {
		const url = URL.parse(process.env[variable] ?? "");
		if (!url || url.host === asked) continue;
		const usual = url.protocol === "https:" ? 443 : 80;
		const sameHost = [address, hostname].includes(url.hostname.replace(/^\[|\]$/g, ""));
		// By its name, a host is known by its port alone once it was looked up.
		const samePort = port === Number(url.port || usual);
		if (hostname === undefined ? samePort && (sameHost || /[a-z]/i.test(url.hostname)) : sameHost)
			return { variable, host: url.host };
	}
	return undefined;
}

/** Whether nobody could be reached at all, so that trying at once again is of little use. */
export function isUnreachable(error: unknown): boolean {
	return unreachable.has(networkCode(error) ?? "");
}

/** The sentence for a connection that failed; `then` says what that means for whoever asked. */
export function describeBrokenConnection(error: unknown, host: string, then = kept): AppError {
	const code = networkCode(error);
	const data = { host, reason: code ?? (error as Error).message };
	const proxy = findFailedProxy(error, host);
	if (code !== undefined && unreachable.has(code) && proxy)
		return new AppError(
			"network",
			`The proxy ${proxy.host} that ${proxy.variable} names cannot be reached (${code}), so neither can ${host}. Correct ${proxy.variable} or take it away, and try again; everything that is here works without a network.`,
			{ ...data, proxy: proxy.host },
		);
	if (code !== undefined && unreachable.has(code))
		return new AppError(
			"network",
			`${host} cannot be reached (${code}): this machine is offline, or a firewall is in the way. Connect it, or set HTTPS_PROXY, and try again; everything that is here works without a network.`,
			data,
		);
	if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS)/.test(code ?? ""))
		return new AppError(
			"network",
			`${host} shows a certificate that is not trusted here (${code}). Where a proxy opens connections, name its certificate with NODE_EXTRA_CA_CERTS.`,
			data,
		);
	return new AppError(
		"network",
		`The connection to ${host} broke again and again (${code ?? (error as Error).message}). ${then}`,
		data,
	);
}

const hubElsewhere = "name another folder with HF_HUB_CACHE";

const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const forbidden = new Set(["EACCES", "EPERM", "EROFS"]);
const unusable = new Set([
	"ENOTDIR",
	"EISDIR",
	"ENOENT",
	"EEXIST",
	"ELOOP",
	"ENAMETOOLONG",
	"EIO",
	"EBUSY",
	"EMFILE",
	"ENFILE",
	"ESTALE",
]);

/** Whether the file system said no: by its code, for sockets are written to as well. */
export function isWriteFailure(error: unknown): boolean {
	const { code = "", syscall } = error as NodeJS.ErrnoException;
	// A firewall refuses a connection with codes of the file system.
	return syscall !== "connect" && (full.has(code) || forbidden.has(code) || unusable.has(code));
}

/** What the file system refused while a file was written; anything else as it is. `otherwise` says what moves the folder. */
export function describeWriteFailure(error: unknown, cache: string, otherwise = hubElsewhere): unknown {
	if (!isWriteFailure(error)) return error;
	const { code = "" } = error as NodeJS.ErrnoException;
	if (full.has(code))
		return new AppError(
			"disk-full",
			`The disk that holds ${cache} is full. Free some space, or ${otherwise}. ${kept}`,
			{ path: cache, code },
		);
	if (forbidden.has(code))
		return new AppError(
			"access",
			`${cache} may not be written to (${code}). Change its permissions, or ${otherwise}.`,
			{ path: cache, code },
		);
	return new AppError("bad-file", `The cache in ${cache} cannot be used (${code}). Look at it, or ${otherwise}.`, {
		path: cache,
		code,
	});
}
