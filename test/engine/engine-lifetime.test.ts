import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { spawnNodeEngine } from "../../main/engine/engine-channel.ts";
import { type CallOptions, EngineSupervisor } from "../../main/engine/engine-supervisor.ts";
import type { TraceRequest } from "../../main/shared/trace-request.ts";

/** Which process serves which call: who waits, who dies with whom, and who is started anew. */
function superviseEngine(file = join(import.meta.dirname, "fake-engine.ts")) {
	const engine = new EngineSupervisor(() => spawnNodeEngine(file));
	onTestFinished(() => engine.dispose());
	/** Gives the number of the process that answered. */
	const trace = async (prompt: string, options?: CallOptions) =>
		(await engine.call("trace", { prompt } as TraceRequest, options)).provider;
	/** Starts a trace and waits until its first progress says that it runs. */
	const start = async (prompt: string) => {
		const controller = new AbortController();
		const begun = Promise.withResolvers<void>();
		const ended = trace(prompt, { signal: controller.signal, progress: () => begun.resolve() });
		ended.catch(() => {});
		await begun.promise;
		return { ended, cancel: () => controller.abort() };
	};
	return { engine, trace, start };
}

test("all calls have one process, which is not main's", async () => {
	const { trace } = superviseEngine();
	const [first, second] = await Promise.all([trace("one"), trace("two")]);
	expect(first).toBe(second);
	expect(first).not.toBe(String(process.pid));
});

describe("a crash", () => {
	test("fails the call under way, says what to do, and the calls behind it run in a new process", async () => {
		const { trace } = superviseEngine();
		const before = await trace("before");
		const [crash, behind] = await Promise.allSettled([trace("crash"), trace("behind")]);
		expect(crash).toMatchObject({
			status: "rejected",
			reason: { code: "engine", message: expect.stringMatching(/exit code 7.*Run the same again/) },
		});
		expect(behind.status).toBe("fulfilled");
		expect(behind).not.toMatchObject({ value: before });
	});

	test.each(["heap", "allocation"])("counts as running out of memory where words say so (%s)", async (prompt) => {
		await expect(superviseEngine().trace(prompt)).rejects.toMatchObject({ code: "out-of-memory" });
	});

	test("before the engine is ready is told apart, with the reason", async () => {
		const folder = mkdtempSync(join(tmpdir(), "scd-engine-"));
		onTestFinished(() => rmSync(folder, { recursive: true }));
		const [telling, silent] = [join(folder, "telling.mjs"), join(folder, "silent.mjs")];
		const failure = { code: "engine", message: "The library is missing.", data: {} };
		writeFileSync(telling, `process.send(${JSON.stringify({ type: "init-failure", failure })});`);
		writeFileSync(silent, "process.exit(3);");
		await expect(superviseEngine(telling).trace("x")).rejects.toMatchObject(failure);
		await expect(superviseEngine(silent).trace("x")).rejects.toMatchObject({
			code: "engine",
			message: expect.stringMatching(/could not start.*exit code 3/),
		});
	});
});

describe("a cancellation", () => {
	test("that the engine obeys leaves its process alone", async () => {
		const { trace, start } = superviseEngine();
		const before = await trace("before");
		const slow = await start("slow");
		slow.cancel();
		await expect(slow.ended).rejects.toMatchObject({ code: "cancelled", message: "Obeyed." });
		expect(await trace("after")).toBe(before);
	});

	test("that it does not obey ends it, and the calls behind run in a new process", async () => {
		const { trace, start } = superviseEngine();
		const before = await trace("before");
		const hanging = await start("hang");
		const waiting = trace("waiting");
		hanging.cancel();
		await expect(hanging.ended).rejects.toMatchObject({ code: "cancelled" });
		expect(await waiting).not.toBe(before);
	});

	test("of a call that waits is answered at once and does not harm the one that runs", async () => {
		const { trace, start } = superviseEngine();
		const running = await start("slow");
		const controller = new AbortController();
		const waiting = trace("waiting", { signal: controller.signal });
		let isOver = false;
		running.ended.catch(() => {
			isOver = true;
		});
		controller.abort();
		await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
		expect(isOver).toBe(false);
		running.cancel();
		await expect(running.ended).rejects.toMatchObject({ message: "Obeyed." });
	});

	test("before the call starts no engine", async () => {
		const engine = new EngineSupervisor(() => {
			throw new Error("was started");
		});
		await expect(engine.call("providers", null, { signal: AbortSignal.abort() })).rejects.toMatchObject({
			code: "cancelled",
		});
	});
});

test("disposing ends the call under way and those behind it as cancelled", async () => {
	const { engine, start, trace } = superviseEngine();
	const slow = await start("slow");
	const waiting = trace("waiting");
	engine.dispose();
	await expect(slow.ended).rejects.toMatchObject({ code: "cancelled" });
	await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
});

test("main's own timers go on while the engine computes without a pause", async () => {
	const { ended } = await superviseEngine().start("hang");
	let isOver = false;
	ended.catch(() => {
		isOver = true;
	});
	for (let ticks = 0; ticks < 20; ticks++) await new Promise((resolve) => setTimeout(resolve, 10));
	expect(isOver).toBe(false);
});
