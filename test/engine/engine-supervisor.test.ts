import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { spawnNodeEngine } from "../../main/engine/engine-channel.ts";
import { EngineSupervisor } from "../../main/engine/engine-supervisor.ts";
import { AppError } from "../../main/shared/errors.ts";
import type { Piece } from "../../main/shared/piece.ts";
import type { Progress } from "../../main/shared/trace.ts";
import type { TraceRequest } from "../../main/shared/trace-request.ts";

const file = join(import.meta.dirname, "faulty-engine.ts");
let engine: EngineSupervisor | undefined;
afterEach(() => engine?.dispose());

function start(): EngineSupervisor {
	engine = new EngineSupervisor(() => spawnNodeEngine(file));
	return engine;
}

const asking = (prompt: string) => ({ prompt }) as TraceRequest;
const store = () => {
	const pieces = new Map<string, Piece>();
	return {
		pieces,
		memory: {
			recall: async (key: string) => pieces.get(key),
			keep: async (key: string, piece: Piece) => void pieces.set(key, piece),
		},
	};
};

describe("the engine's supervisor", () => {
	test("carries pieces to main's memory and back", async () => {
		const { memory, pieces } = store();
		expect(await start().call("trace", asking("work"), { memory })).toEqual({ explained: 2 });
		expect(pieces.get("key")).toMatchObject({ kind: "edges", ids: ["a", "b"] });
	});

	test("gives every call what the other processes leave of the memory", async () => {
		engine = new EngineSupervisor(
			() => spawnNodeEngine(file),
			() => 100e6,
		);
		engine.limitMemory(2e9);
		const { explained } = await engine.call("trace", asking("memory"));
		// What that process holds may change by some pages between two looks at it.
		expect(Math.abs((explained as number) - 1.9e9)).toBeLessThan(10e6);
		engine.limitMemory(undefined);
		expect((await engine.call("trace", asking("memory"))).explained).toBe(Number.POSITIVE_INFINITY);
	});

	test("starts an engine that gives memory back sooner when memory becomes limited, and only then", async () => {
		const started: boolean[] = [];
		engine = new EngineSupervisor((limited) => {
			started.push(limited);
			return spawnNodeEngine(file, limited);
		});
		for (const bytes of [undefined, 2e9, 1e9, undefined]) {
			engine.limitMemory(bytes);
			await engine.call("trace", asking("memory"));
		}
		expect(started).toEqual([false, true, false]);
	});

	test("stops the call when main cannot keep a piece", async () => {
		const memory = {
			recall: async () => undefined,
			keep: async () => Promise.reject(new AppError("disk-full", "The disk is full.")),
		};
		await expect(start().call("trace", asking("work"), { memory })).rejects.toMatchObject({
			code: "disk-full",
			message: "The disk is full.",
		});
	});

	test("hands errors over with code and data, and faults as faults", async () => {
		const supervisor = start();
		await expect(supervisor.call("trace", asking("fail"))).rejects.toMatchObject({
			code: "bad-prompt",
			message: "No.",
			data: { prompt: "fail" },
		});
		await expect(supervisor.call("trace", asking("fault"))).rejects.toMatchObject({
			code: "engine",
			message: expect.stringContaining("x is not a function"),
		});
	});

	test("fails the call under way when the process crashes, and works again at once", async () => {
		const supervisor = start();
		await expect(supervisor.call("trace", asking("crash"))).rejects.toMatchObject({
			code: "engine",
			message: expect.stringContaining("SIGABRT"),
		});
		await expect(supervisor.call("trace", asking("out of memory"))).rejects.toMatchObject({ code: "out-of-memory" });
		expect(await supervisor.call("trace", asking("work"), store())).toEqual({ explained: 2 });
	});

	test("tells of progress with the time left, and cancels", async () => {
		const controller = new AbortController();
		const seen: Progress[] = [];
		const supervisor = start();
		const call = supervisor.call("trace", asking("wait"), {
			signal: controller.signal,
			progress: (progress) => {
				seen.push(progress);
				if (seen.length === 5) controller.abort();
			},
		});
		await expect(call).rejects.toMatchObject({ code: "cancelled" });
		expect(seen.slice(0, 5).map(({ done }) => done)).toEqual([0, 1, 2, 3, 4]);
		expect(seen[4]?.secondsLeft).toBeGreaterThan(0);
		expect(seen[0]?.secondsLeft).toBeUndefined();
	});

	test("ends an engine that hangs when its call is cancelled", async () => {
		const controller = new AbortController();
		const supervisor = start();
		const call = supervisor.call("trace", asking("hang"), {
			signal: controller.signal,
			progress: () => controller.abort(),
		});
		await expect(call).rejects.toMatchObject({ code: "cancelled" });
		expect(await supervisor.call("trace", asking("work"), store())).toEqual({ explained: 2 });
	});

	test("stops what runs in the background for any other call, and begins it again behind all of them", async () => {
		const supervisor = start();
		const controller = new AbortController();
		const begun: (() => void)[] = [];
		const first = new Promise<void>((resolve) => begun.push(resolve));
		const again = new Promise<void>((resolve) => begun.push(resolve));
		let running = true;
		const background = supervisor
			.call("trace", asking("wait"), {
				background: true,
				signal: controller.signal,
				progress: ({ done }) => done === 0 && begun.shift()?.(),
			})
			.finally(() => {
				running = false;
			});
		await first;
		const order: string[] = [];
		const work = (name: string) =>
			supervisor.call("trace", asking("work"), store()).then(() => {
				order.push(name);
				expect(begun).toHaveLength(1);
			});
		await Promise.all([work("one"), work("two")]);
		expect([order, running]).toEqual([["one", "two"], true]);
		await again;
		controller.abort();
		await expect(background).rejects.toMatchObject({ code: "cancelled" });
	});

	test("a background call that waits is cancelled at once, and goes when the engine does", async () => {
		const supervisor = start();
		const busy = supervisor.call("trace", asking("wait"), {});
		const controller = new AbortController();
		const waiting = supervisor.call("trace", asking("work"), { background: true, signal: controller.signal });
		controller.abort();
		await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
		const last = supervisor.call("trace", asking("work"), { background: true });
		const ends = [
			expect(busy).rejects.toMatchObject({ code: "cancelled" }),
			expect(last).rejects.toMatchObject({ code: "cancelled" }),
		];
		supervisor.dispose();
		await Promise.all(ends);
	});
});
