import { describe, expect, test } from "vitest";
import { type AppHandlers, Router } from "../../main/app/router.ts";
import { FrameClient } from "../../main/shared/contract/frame-client.ts";
import type { ServerFrame } from "../../main/shared/contract/frames.ts";
import { AppError } from "../../main/shared/errors.ts";

/** A router with one handler of the test's own in the place of `circuits.list`. */
function connect(handler: AppHandlers["circuits.list"]) {
	const frames: ServerFrame[] = [];
	const client = new FrameClient();
	const router = new Router({ "circuits.list": handler } as AppHandlers, (frame) => {
		frames.push(frame);
		client.receive(frame);
	});
	client.attach((frame) => router.receive(frame));
	return { client, router, frames };
}

describe("the router", () => {
	test("joins progress that comes faster than it can be read, and tells the newest before the answer", async () => {
		const { client, frames } = connect(async (_, { progress }) => {
			for (let i = 0; i <= 1000; i++) progress(i);
			return [];
		});
		const told: unknown[] = [];
		await client.call("circuits.list", {}, { progress: (value) => told.push(value) });
		expect(told).toEqual([1000]);
		expect(frames.map(({ type }) => type)).toEqual(["progress", "ok"]);
	});

	test("lets a caller cancel: the handler's signal fires, and the caller does not wait for it", async () => {
		const gate = Promise.withResolvers<void>();
		const { client } = connect(async (_, { signal }) => {
			signal.addEventListener("abort", () => gate.resolve());
			await gate.promise;
			return [];
		});
		const controller = new AbortController();
		const call = client.call("circuits.list", {}, { signal: controller.signal });
		controller.abort();
		await expect(call).rejects.toMatchObject({ code: "cancelled" });
		await gate.promise;
		await expect(client.call("circuits.list", {}, { signal: controller.signal })).rejects.toMatchObject({
			code: "cancelled",
		});
	});

	test("cancels what still runs when the caller is gone", async () => {
		const gate = Promise.withResolvers<void>();
		const { client, router } = connect(async (_, { signal }) => {
			signal.addEventListener("abort", () => gate.resolve());
			await gate.promise;
			return [];
		});
		void client.call("circuits.list", {});
		router.dispose();
		await gate.promise;
	});

	test("tells a user's error with its code and data, and any other without its stack", async () => {
		const known = connect(async () => {
			throw new AppError("not-found", "It is not there. Look elsewhere.", { path: "/x" });
		});
		await expect(known.client.call("circuits.list", {})).rejects.toMatchObject({
			code: "not-found",
			message: "It is not there. Look elsewhere.",
			data: { path: "/x" },
		});
		const unknown = connect(async () => {
			throw new TypeError("x is undefined");
		});
		await expect(unknown.client.call("circuits.list", {})).rejects.toThrow(
			/fault of its own: x is undefined.*please report it/,
		);
		expect(JSON.stringify(unknown.frames)).not.toMatch(/router\.test|at .*\.ts/);
	});
});
