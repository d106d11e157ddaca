import { afterEach, beforeEach, expect, test } from "vitest";
import { Neuronpedia } from "../../main/hub/neuronpedia.ts";
import { type FakeNeuronpedia, publishFeature, startNeuronpedia } from "./fake-neuronpedia.ts";

const source = { model: "gpt2-small", name: "6-res-jb" };
const never = new AbortController().signal;
let fake: FakeNeuronpedia;
let client: Neuronpedia;
let key: string | undefined;
beforeEach(async () => {
	fake = await startNeuronpedia();
	key = undefined;
	client = new Neuronpedia({ url: `${fake.url}/`, key: () => key, retries: { firstMs: 1, attempts: 3 } });
});
afterEach(async () => {
	client.dispose();
	await fake.dispose();
});

test("a batch is one request; features that are not known are absent, and order does not matter", async () => {
	publishFeature(fake, "6-res-jb", 1, "time");
	publishFeature(fake, "6-res-jb", 3, "clocks");
	publishFeature(fake, "7-res-jb", 2, "another dictionary");
	const found = await client.ask(source, [1, 2, 3], never);
	expect(fake.requests).toEqual([
		{
			method: "POST",
			path: "/api/features",
			key: undefined,
			body: [1, 2, 3].map((index) => ({ modelId: "gpt2-small", layer: "6-res-jb", index, maxActsToReturn: 6 })),
		},
	]);
	expect(found.map(({ feature }) => feature).sort()).toEqual([1, 3]);
	expect(found.find(({ feature }) => feature === 1)).toEqual({
		feature: 1,
		explanations: [{ text: "time", model: "gpt-4o-mini", method: "oai_token-act-pair" }],
		facts: {
			frequency: 0.002,
			maxActivation: 8.5,
			raises: [
				{ token: " time", effect: 1.5 },
				{ token: " clock", effect: 1.25 },
			],
			lowers: [{ token: " dog", effect: -0.75 }],
			histogram: { max: 3, counts: [30, 10, 4] },
			contexts: [
				{ tokens: ["at", " the", " time", " of"], activations: [0, 0, 8.5, 1], peak: 2 },
				{ tokens: ["on", " time"], activations: [0, 4], peak: 1 },
			],
		},
	});
});

test("one feature is asked for alone, with the key where there is one; 404 means that nothing is known", async () => {
	publishFeature(fake, "6-res-jb", 1, "time");
	key = "sk-np-secret";
	fake.key = key;
	expect(await client.ask(source, [1], never)).toHaveLength(1);
	expect(await client.ask(source, [2], never)).toEqual([]);
	expect(fake.requests).toMatchObject([
		{ method: "GET", path: "/api/feature/gpt2-small/6-res-jb/1", key },
		{ method: "GET", path: "/api/feature/gpt2-small/6-res-jb/2", key },
	]);
});

test("rows of other features, sources and forms are not believed", async () => {
	const answers: unknown[] = [
		[{ modelId: "gpt2-small", layer: "7-res-jb", index: "1", explanations: [] }],
		[{ modelId: "gpt2-small", layer: "6-res-jb", index: "9" }, null, 5, "x"],
		{ error: "something" },
		[
			{
				modelId: "gpt2-small",
				layer: "6-res-jb",
				index: "1",
				explanations: "none",
				activations: [null, { tokens: [1] }],
				pos_str: ["a"],
				pos_values: [],
			},
		],
	];
	fake.answer = (_, response) => {
		response.writeHead(200).end(JSON.stringify(answers.shift()));
		return true;
	};
	for (const expected of [[], [], [], [{ feature: 1, explanations: [] }]])
		expect(await client.ask(source, [1, 2], never)).toEqual(expected);
});

test("waits as long as 429 asks, tries again after 5xx and a cut connection, and then says what to do", async () => {
	publishFeature(fake, "6-res-jb", 1, "time");
	let count = 0;
	fake.answer = (_, response) => {
		count++;
		if (count === 1) response.writeHead(429, { "retry-after": "0" }).end();
		else if (count === 2) response.socket?.destroy();
		return count <= 2;
	};
	expect(await client.ask(source, [1], never)).toHaveLength(1);
	expect(count).toBe(3);
	const refusals = [
		[
			429,
			{ "retry-after": "3600" },
			/answers too many requests \(HTTP 429\) and asks to wait 60 minutes\. Try again later/,
			1,
		],
		[503, {}, /is in trouble \(HTTP 503\)/, 3],
		[302, { location: "http://elsewhere.example/" }, /did not answer as Neuronpedia does \(HTTP 302\)/, 1],
	] as const;
	for (const [status, headers, message, tries] of refusals) {
		count = 0;
		fake.answer = (_, response) => {
			count++;
			response.writeHead(status, headers).end("{}");
			return true;
		};
		await expect(client.ask(source, [1], never)).rejects.toMatchObject({
			code: "network",
			message: expect.stringMatching(message),
		});
		expect(count).toBe(tries);
	}
	fake.answer = (_, response) => {
		response.writeHead(200).end("<html>log in</html>");
		return true;
	};
	await expect(client.ask(source, [1], never)).rejects.toMatchObject({ code: "network" });
});

test("a refused key is named as such and is in no part of the message", async () => {
	fake.key = "the right one";
	await expect(client.ask(source, [1], never)).rejects.toMatchObject({
		code: "access",
		message: expect.stringMatching(/asks for a key \(HTTP 401\).*NEURONPEDIA_API_KEY/),
	});
	key = "sk-np-secret";
	const error = await client.ask(source, [1, 2], never).catch((thrown: unknown) => thrown as Error);
	expect(error).toMatchObject({ code: "access", message: expect.stringMatching(/refused the key/) });
	expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain("sk-np-secret");
});

test("nobody at the address is one sentence, a stop is a stop, and an address that is none is refused at once", async () => {
	const gone = await startNeuronpedia();
	await gone.dispose();
	const offline = new Neuronpedia({ url: gone.url, key: () => undefined, retries: { firstMs: 1 } });
	await expect(offline.ask(source, [1], never)).rejects.toMatchObject({
		code: "network",
		message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/),
	});
	offline.dispose();
	fake.answer = (_, response) => {
		response.socket?.destroy();
		return true;
	};
	await expect(client.ask(source, [1], never)).rejects.toThrow(
		/broke again and again .*\. Try again later; labels that had come are kept\.$/,
	);
	const controller = new AbortController();
	fake.answer = () => {
		controller.abort();
		return true;
	};
	await expect(client.ask(source, [1], controller.signal)).rejects.toMatchObject({ code: "cancelled" });
	expect(() => new Neuronpedia({ url: "neuronpedia", key: () => undefined })).toThrow(/NEURONPEDIA_URL is no address/);
});
