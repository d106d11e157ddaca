import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface AskedOfNeuronpedia {
	readonly method: string;
	readonly path: string;
	readonly key: string | undefined;
	readonly body: unknown;
}

/** A server that speaks Neuronpedia's API: features singly and in batches, by model, source and index. */
export interface FakeNeuronpedia {
	readonly url: string;
	readonly requests: readonly AskedOfNeuronpedia[];
	/** Refuses everybody else, where it is set. */
	key: string | undefined;
	/** Deals with a request instead; true where it did. */
	answer: ((request: AskedOfNeuronpedia, response: ServerResponse) => boolean) | undefined;
	/** Ids as `gpt2-small/6-res-jb/17`. */
	readonly features: Map<string, object>;
	dispose(): Promise<void>;
}

export async function startNeuronpedia(): Promise<FakeNeuronpedia> {
	const requests: AskedOfNeuronpedia[] = [];
	const features = new Map<string, object>();
	const server = createServer((request, response) => void handle(request, response));
	const fake: { -readonly [K in keyof FakeNeuronpedia]: FakeNeuronpedia[K] } = {
		url: "",
		requests,
		key: undefined,
		answer: undefined,
		features,
		async dispose() {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return fake;

	async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const text = Buffer.concat(chunks).toString("utf8");
		const key = request.headers["x-api-key"];
		const asked: AskedOfNeuronpedia = {
			method: request.method ?? "",
			path: request.url ?? "",
			key: typeof key === "string" ? key : undefined,
			body: text === "" ? undefined : JSON.parse(text),
		};
		requests.push(asked);
		if (fake.answer?.(asked, response)) return;
		const send = (status: number, body: unknown) =>
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
		if (fake.key !== undefined && asked.key !== fake.key) send(401, { error: "This endpoint requires authorization." });
		else if (asked.method === "POST" && asked.path === "/api/features") {
			const wanted = asked.body as { modelId: string; layer: string; index: number }[];
			// Those that it does not know are absent, and the order is its own.
			send(200, wanted.flatMap((one) => features.get(`${one.modelId}/${one.layer}/${one.index}`) ?? []).reverse());
		} else if (asked.path.startsWith("/api/feature/")) {
			const found = features.get(decodeURIComponent(asked.path.slice("/api/feature/".length)));
			send(found ? 200 : 404, found ?? null);
		} else send(404, { error: "Not found" });
	}
}

/** A feature with one explanation, as the API answers it. */
export function publishFeature(
	{ features }: Pick<FakeNeuronpedia, "features">,
	source: string,
	index: number,
	description: string,
): void {
	features.set(`gpt2-small/${source}/${index}`, {
		modelId: "gpt2-small",
		layer: source,
		index: String(index),
		sourceSetName: source,
		maxActApprox: 8.5,
		frac_nonzero: 0.002,
		pos_str: [" time", " clock"],
		pos_values: [1.5, 1.25],
		neg_str: [" dog"],
		neg_values: [-0.75],
		freq_hist_data_bar_heights: [30, 10, 4],
		freq_hist_data_bar_values: [0.5, 1.5, 2.5],
		explanations: [{ description, explanationModelName: "gpt-4o-mini", typeName: "oai_token-act-pair" }],
		activations: [
			{ tokens: ["at", " the", " time", " of"], values: [0, 0, 8.5, 1], maxValue: 8.5, maxValueTokenIndex: 2 },
			{ tokens: ["on", " time"], values: [0, 4], maxValue: 4, maxValueTokenIndex: 1 },
		],
	});
}
