import { fetch } from "undici";
import { AppError } from "#shared/errors";
import {
	joinContexts,
	keptContexts,
	readAddress,
	readContext,
	readExplanation,
	readFigures,
} from "#shared/neuronpedia-format";
import { neuronpediaUrl, type PublishedFeature, type PublishedSource, sourceId } from "#shared/published";
import { createHttpAgent, userAgent } from "./http-agent.ts";
import { describeBrokenConnection } from "./hub-failure.ts";
import { type Retries, readRetryAfter, withRetries } from "./with-retries.ts";

export interface NeuronpediaOptions {
	/** Without a slash at the end; `NEURONPEDIA_URL` names a mirror. */
	readonly url?: string;
	/** Asked for at every request, so that a new key counts at once. */
	key(): string | undefined;
	readonly retries?: Omit<Retries, "signal">;
}

interface Answer {
	readonly status: number;
	readonly retryAfter: number | undefined;
	readonly body: unknown;
}

const silenceMs = 60_000;
type Row = Readonly<Record<string, unknown>>;

/**
 * Asks Neuronpedia what is published of features. The key goes to its own address and nowhere else, and is in no message.
 * Whoever opens it disposes of it.
 */
export class Neuronpedia {
	readonly url: string;
	readonly #key: () => string | undefined;
	readonly #retries: Omit<Retries, "signal">;
	readonly #agent = createHttpAgent(silenceMs);

	/** Throws `usage` where the address is none. */
	constructor({ url = process.env["NEURONPEDIA_URL"] || neuronpediaUrl, key, retries = {} }: NeuronpediaOptions) {
		if (!URL.canParse(url) || !/^https?:/.test(url))
			throw new AppError("usage", `NEURONPEDIA_URL is no address: "${url}". Write one such as ${neuronpediaUrl}.`, {
				url,
			});
		this.url = url.replace(/\/+$/, "");
		this.#key = key;
		this.#retries = retries;
	}

	/**
	 * What is published of some features of a source; those that nothing is known of are absent. One feature alone is asked
	 * for with scores and authors. Throws `access`, `network` or `cancelled`.
	 */
	async ask(
		source: PublishedSource,
		features: readonly number[],
		signal: AbortSignal,
	): Promise<readonly PublishedFeature[]> {
		const [only] = features;
		const { model: modelId, name: layer } = source;
		const rows =
			features.length === 1
				? await this.#send(`/api/feature/${encodeURIComponent(modelId)}/${encodeURIComponent(layer)}/${only}`, signal)
				: await this.#send(
						"/api/features",
						signal,
						features.map((index) => ({ modelId, layer, index, maxActsToReturn: keptContexts })),
					);
		const wanted = new Set(features);
		return (Array.isArray(rows) ? rows : [rows]).flatMap((row: unknown) => {
			const address = typeof row === "object" && row !== null ? readAddress(row as Row) : undefined;
			if (!address || sourceId(address) !== sourceId(source) || !wanted.has(address.feature)) return [];
			return [readFeature(row as Row, address.feature)];
		});
	}

	dispose(): void {
		void this.#agent.destroy().catch(() => {});
	}

	async #send(path: string, signal: AbortSignal, body?: unknown): Promise<unknown> {
		const key = this.#key();
		const host = new URL(this.url).host;
		let answer: Answer;
		try {
			answer = await withRetries(() => this.#try(path, signal, key, body), { ...this.#retries, signal });
		} catch (error) {
			if (signal.aborted) throw new AppError("cancelled", "Asking Neuronpedia was stopped. What had come is kept.");
			throw error instanceof AppError
				? error
				: describeBrokenConnection(error, host, "Try again later; labels that had come are kept.");
		}
		const { status } = answer;
		if (status === 404 && body === undefined) return null;
		if (status === 200) return answer.body;
		throw describeRefusal(answer, host, key !== undefined);
	}

	async #try(path: string, signal: AbortSignal, key: string | undefined, body: unknown) {
		const response = await fetch(`${this.url}${path}`, {
			method: body === undefined ? "GET" : "POST",
			headers: {
				accept: "application/json",
				"user-agent": userAgent,
				...(body !== undefined && { "content-type": "application/json" }),
				...(key !== undefined && { "x-api-key": key }),
			},
			...(body !== undefined && { body: JSON.stringify(body) }),
			// A key must not follow to another host.
			redirect: "manual",
			dispatcher: this.#agent,
			signal,
		});
		const { status } = response;
		const retryAfter = readRetryAfter(response.headers.get("retry-after"));
		const text = await response.text();
		if (status === 429 || status >= 500)
			return { again: status, retryAfter, value: { status, retryAfter, body: null } };
		return { value: { status, retryAfter, body: status === 200 ? parse(text) : null } };
	}
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text === "" ? "null" : text);
	} catch {
		throw new AppError(
			"network",
			"Neuronpedia answered something that is no JSON; a proxy or a log-in page may be in between. Try again later.",
		);
	}
}

function readFeature(row: Row, feature: number): PublishedFeature {
	const list = (value: unknown) =>
		Array.isArray(value) ? value.filter((one): one is Row => typeof one === "object" && one !== null) : [];
	const contexts = joinContexts(
		[],
		list(row["activations"]).flatMap((one) => readContext(one) ?? []),
	);
	const facts = { ...readFigures(row), ...(contexts.length > 0 && { contexts }) };
	return {
		feature,
		explanations: list(row["explanations"]).flatMap((one) => readExplanation(one) ?? []),
		...(Object.keys(facts).length > 0 && { facts }),
	};
}

function describeRefusal({ status, retryAfter }: Answer, host: string, hasKey: boolean): AppError {
	if (status === 401 || status === 403)
		return new AppError(
			"access",
			hasKey
				? `${host} refused the key (HTTP ${status}). Copy it again from ${neuronpediaUrl}/account, and set it in the settings or in NEURONPEDIA_API_KEY.`
				: `${host} asks for a key (HTTP ${status}). Make one at ${neuronpediaUrl}/account, and set it in the settings or in NEURONPEDIA_API_KEY.`,
			{ status },
		);
	if (status === 429)
		return new AppError(
			"network",
			`${host} answers too many requests (HTTP 429)${retryAfter === undefined ? "" : ` and asks to wait ${describeWait(retryAfter)}`}. Try again later, or import its export files.`,
			{ status, retryAfter },
		);
	if (status >= 500)
		return new AppError("network", `${host} is in trouble (HTTP ${status}). Try again later; what had come is kept.`, {
			status,
		});
	return new AppError(
		"network",
		`${host} did not answer as Neuronpedia does (HTTP ${status}). Look at NEURONPEDIA_URL, or try again later.`,
		{ status },
	);
}

const describeWait = (seconds: number) =>
	seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} minutes`;
