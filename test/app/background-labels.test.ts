import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { App } from "../../main/app/app.ts";
import { BackgroundLabels } from "../../main/app/background-labels.ts";
import { Neuronpedia } from "../../main/hub/neuronpedia.ts";
import { Store } from "../../main/store/store.ts";
import { type FakeNeuronpedia, publishFeature, startNeuronpedia } from "../hub/fake-neuronpedia.ts";

const source = { model: "gpt2-small", name: "6-res-jb" };
const many = Array.from({ length: 400 }, (_, feature) => feature);
let fake: FakeNeuronpedia;
let client: Neuronpedia;
let folder: string;
let store: Store;
let labels: BackgroundLabels;
let waiting: number[];
/** Told at every change of what waits. */
let changed: () => void;
let allowed: boolean;

beforeEach(async () => {
	fake = await startNeuronpedia();
	client = new Neuronpedia({ url: fake.url, key: () => undefined });
	folder = mkdtempSync(join(tmpdir(), "scd-background-"));
	store = new Store(join(folder, "scd.sqlite"));
	[waiting, allowed, changed] = [[], true, () => {}];
	labels = new BackgroundLabels({ store, neuronpedia: { client } } as unknown as App, {
		isAllowed: () => allowed,
		stored: () => {},
		waiting: (count) => {
			waiting.push(count);
			changed();
		},
	});
});
afterEach(async () => {
	labels.dispose();
	client.dispose();
	store.dispose();
	rmSync(folder, { recursive: true });
	await fake.dispose();
});

const atRest = () =>
	new Promise<void>((resolve) => {
		changed = () => waiting.at(-1) === 0 && resolve();
	});

test("once consent is withdrawn no further request goes out, and what is under way is cut off", async () => {
	const asked = Promise.withResolvers<void>();
	const cut = Promise.withResolvers<void>();
	fake.answer = (_, response) => {
		response.on("close", cut.resolve);
		asked.resolve();
		return true;
	};
	labels.show([{ source, features: many }]);
	await asked.promise;
	allowed = false;
	labels.clear();
	expect(waiting.at(-1)).toBe(0);
	await cut.promise;
	// Given again, it counts at once: withdrawal is no trouble that one rests after.
	fake.answer = undefined;
	publishFeature(fake, "6-res-jb", 7, "time");
	allowed = true;
	const done = atRest();
	labels.show([{ source, features: [7] }]);
	await done;
	const [batches, single] = ["POST", "GET"].map((method) => fake.requests.filter((one) => one.method === method));
	// Two at most had been under way.
	expect(batches?.length).toBeLessThanOrEqual(2);
	expect(single?.map(({ path }) => path)).toEqual(["/api/feature/gpt2-small/6-res-jb/7"]);
	expect(store.published.labels(source, new Set([7])).get(7)?.text).toBe("time");
});

test("without consent nothing goes out at all", () => {
	allowed = false;
	labels.show([{ source, features: many }]);
	expect([fake.requests, waiting]).toEqual([[], []]);
});
