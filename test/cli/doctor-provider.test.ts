import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeProviderCheck, type ProviderCheck } from "../../main/shared/provider-check.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { softwareCard } from "../onnx/software-card.ts";
import { runScd, withoutProgress } from "./run-scd.ts";

/** The command with a small model; `begun` is called as soon as its folder is there. */
async function check(provider: string, env: Readonly<Record<string, string>>, begun?: (kill: () => void) => void) {
	const place = temporaryFolder();
	const script = join(import.meta.dirname, "small-check.ts");
	const child = spawn(process.execPath, [script, provider, "--json"], {
		env: { ...process.env, TMPDIR: place, ...env },
	});
	let [out, err] = ["", ""];
	child.stdout.on("data", (text) => {
		out += text;
	});
	child.stderr.on("data", (text) => {
		err += text;
	});
	const watch = setInterval(() => {
		if (!begun || !readdirSync(place).some((name) => name.startsWith("scd-"))) return;
		clearInterval(watch);
		begun(() => child.kill("SIGINT"));
	}, 5);
	const code = await new Promise((resolve) => child.on("close", resolve));
	clearInterval(watch);
	return { code, out, err: withoutProgress(err), left: readdirSync(place).filter((name) => name.startsWith("scd-")) };
}

test("WebGPU, in software, gives the processor's numbers, also where it has no half precision", async ({ skip }) => {
	const card = await softwareCard();
	if (!card) return skip("SwiftShader is only there for Linux on x64");
	const { code, out, err, left } = await check("webgpu", card);
	expect([code, err, left]).toEqual([0, "", []]);
	const report = JSON.parse(out) as ProviderCheck & { agrees: boolean };
	expect(report).toMatchObject({ provider: "webgpu", agrees: true });
	expect(report.graphs).toHaveLength(7);
	for (const { name, difference } of report.graphs) expect(difference, name).toBeLessThan(1e-4);
	expect(report.traces.map(({ name }) => name)).toEqual(["the bundled model", "a small model"]);
	for (const { name, nodes, edges, apart, difference } of report.traces) {
		expect([nodes > 50, edges > 100, apart], name).toEqual([true, true, 0]);
		expect(Math.max(difference.attributions, difference.edges), name).toBeLessThan(1e-3);
	}
	const lines = describeProviderCheck(report, "a card in software").split("\n");
	expect(lines[0]).toBe("webgpu on a card in software: agrees with the processor");
	expect(lines.filter((line) => line.startsWith("| "))).toHaveLength(2 + 7 + 2 + 2);
	const wrong = { ...report, graphs: report.graphs.map((one) => ({ ...one, difference: 0.002 })) };
	expect(describeProviderCheck(wrong, "a card")).toContain("webgpu on a card: does NOT agree with the processor");
}, 400_000);

test("a provider that does not work here is told with its reason, and nothing else is measured for it", async ({
	skip,
}) => {
	if (existsSync("/dev/nvidia0")) return skip("it may work here");
	const cuda = await runScd(["doctor", "--provider", "cuda"]);
	expect([cuda.code, cuda.out]).toEqual([1, ""]);
	expect(cuda.err).toMatch(
		/^scd: cuda does not work here, so there is nothing to compare with the processor\. cuda: .+\n$/,
	);
});

test("stopped, it leaves nothing behind", async () => {
	const { code, out, err, left } = await check("cpu", {}, (kill) => kill());
	expect([code, out, left]).toEqual([1, "", []]);
	expect(err).toMatch(/^scd: .*(Stopped|stopped).*\n$/);
});

test("a place for temporary files that is none is named", async () => {
	const { code, err } = await check("cpu", { TMPDIR: "/proc/nowhere" });
	expect([code, err]).toEqual([
		1,
		"scd: The check writes weights for a while, and /proc/nowhere takes no files (ENOENT). Let TMPDIR name another folder.\n",
	]);
});
