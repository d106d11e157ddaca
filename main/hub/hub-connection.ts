import { type EnvHttpProxyAgent, fetch as plainFetch, request } from "undici";
import { AppError } from "#shared/errors";
import { createHttpAgent, mayBeProxied, userAgent } from "./http-agent.ts";
import type { HubSettings } from "./hub-settings.ts";
import { type Retries, readRetryAfter, withRetries } from "./with-retries.ts";

interface Answered {
	readonly status: number;
	/** By name in small letters. */
	readonly headers: Readonly<Record<string, string>>;
}

interface Followed {
	/** What the hub itself said, before it pointed to a storage host. */
	readonly hubHeaders: Readonly<Record<string, string>>;
	/** Whether somebody else than the hub answered. */
	readonly redirected: boolean;
}

export interface HubAnswer extends Answered, Followed {
	readonly body: Awaited<ReturnType<typeof request>>["body"];
}

const isRedirect = ({ status, headers }: Answered) =>
	[301, 302, 303, 307, 308].includes(status) && headers["location"] !== undefined;

/** What a message may show of an address: a storage's has its signature behind. */
const nameUrl = ({ origin, pathname }: URL) => `${origin}${pathname}`;

const mostRedirects = 8;

/**
 * Speaks HTTP with the hub and the storage that it points to, through the proxies that the environment names. The token
 * goes to the hub's own address and nowhere else. Whoever opens it disposes of it.
 */
export class HubConnection {
	readonly settings: HubSettings;
	readonly retries: Retries;
	readonly #agent: EnvHttpProxyAgent = createHttpAgent();
	readonly #ended = new AbortController();

	constructor(settings: HubSettings, retries: Retries = {}) {
		this.settings = settings;
		const { signal: ended } = this.#ended;
		// Whoever failed for good disposes of it: the others' waits for a better time end too.
		this.retries = { ...retries, signal: retries.signal ? AbortSignal.any([retries.signal, ended]) : ended };
	}

	/** Asks, and follows to where the answer lies. The body is the caller's to read or to end. Throws what the network threw. */
	async ask(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HubAnswer> {
		return await this.follow(url, headers, async (at, sent) => {
			const { statusCode, headers: got, body } = await request(at, { headers: sent, dispatcher: this.#agent, signal });
			const flat = Object.entries(got).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value] as const);
			const answer = { status: statusCode, headers: Object.fromEntries(flat) as Record<string, string>, body };
			if (isRedirect(answer)) await body.dump();
			return answer;
		});
	}

	/** The same with another way to ask once, which must not follow by itself. */
	async follow<A extends Answered>(
		url: string,
		headers: Readonly<Record<string, string>>,
		askOnce: (url: string, headers: Readonly<Record<string, string>>) => Promise<A>,
	): Promise<A & Followed> {
		this.refuseOffline();
		let at = new URL(url);
		let first: A["headers"] | undefined;
		for (let hop = 0; hop <= mostRedirects; hop++) {
			const answer = await askOnce(at.href, { "accept-encoding": "identity", ...this.#credentials(at), ...headers });
			first ??= answer.headers;
			if (!isRedirect(answer)) return { ...answer, hubHeaders: first, redirected: at.origin !== new URL(url).origin };
			const next = new URL(answer.headers["location"] ?? "", at);
			if (at.protocol === "https:" && next.protocol !== "https:")
				throw new AppError("network", `${at.host} points to ${next.host} without encryption, which is refused.`, {
					from: nameUrl(at),
					to: nameUrl(next),
				});
			at = next;
		}
		throw new AppError("network", `${new URL(url).host} sends us in circles. Try again later.`, {
			url: nameUrl(new URL(url)),
		});
	}

	/** Whether nothing stands between us and any server, so that it can be spoken to without this class. */
	get isDirect(): boolean {
		return !mayBeProxied();
	}

	/** For the hub's library: as `fetch`, with our agent and token; trouble that passes is waited for. */
	get fetch(): typeof globalThis.fetch {
		const ask = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
			this.refuseOffline();
			const url = input instanceof Request ? input.url : String(input);
			const headers = { "accept-encoding": "gzip", ...(init?.headers as Record<string, string> | undefined) };
			return await withRetries(async () => {
				const { answer } = await this.follow(url, headers, (at, sent) => this.#fetchOnce(at, sent));
				if (answer.status === 429 || answer.status >= 500) {
					await answer.body?.cancel();
					return {
						again: answer.status,
						retryAfter: readRetryAfter(answer.headers.get("retry-after")),
						value: answer as unknown as Response,
					};
				}
				return { value: answer as unknown as Response };
			}, this.retries);
		};
		return ask as typeof globalThis.fetch;
	}

	async #fetchOnce(url: string, headers: Readonly<Record<string, string>>) {
		const answer = await plainFetch(url, {
			headers,
			// The library would follow without looking where.
			redirect: "manual",
			dispatcher: this.#agent,
			...(this.retries.signal && { signal: this.retries.signal }),
		});
		const head = { status: answer.status, headers: Object.fromEntries(answer.headers) };
		if (isRedirect(head)) await answer.body?.cancel();
		return { ...head, answer };
	}

	/** Throws `network` where the network was ruled out. */
	refuseOffline(): void {
		if (this.settings.offline)
			throw new AppError(
				"network",
				"HF_HUB_OFFLINE is set, so nothing is fetched. Take it away to download; what is here works without.",
				{},
			);
	}

	dispose(): void {
		this.#ended.abort(new Error("The connection was ended."));
		void this.#agent.destroy().catch(() => {});
	}

	#credentials({ origin }: URL): Record<string, string> {
		const { token, endpoint } = this.settings;
		const agent = { "user-agent": userAgent };
		return token !== undefined && origin === new URL(endpoint).origin
			? { ...agent, authorization: `Bearer ${token}` }
			: agent;
	}
}
