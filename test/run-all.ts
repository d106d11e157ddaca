import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findElectron } from "../main/cli/find-electron.ts";

/** `npm test`: types, lint, build, then every test; ends with one plain line. */
const root = join(import.meta.dirname, "..");
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 22) {
	console.error(
		`The tests need Node 22 or newer, and this is Node ${process.versions.node}. Run them with npm test, which brings its own.`,
	);
	process.exit(1);
}
let [passed, failed, skipped] = [0, 0, 0];

function check(name: string, command: string, ...parameters: string[]): void {
	console.log(`\n— ${name}`);
	const { status } = spawnSync(join(root, "node_modules/.bin", command), parameters, { cwd: root, stdio: "inherit" });
	if (status === 0) passed++;
	else failed++;
}

check("type check", "tsc", "-b");
check("lint, format and import rules", "biome", "check", ".");
check("build", "electron-vite", "build");

console.log("\n— unit, contract and end-to-end tests");
const folder = mkdtempSync(join(tmpdir(), "scd-test-"));
const report = join(folder, "report.json");
spawnSync(
	join(root, "node_modules/.bin/vitest"),
	["run", "--reporter=default", "--reporter=json", `--outputFile=${report}`],
	{ cwd: root, stdio: "inherit" },
);
try {
	const counts = JSON.parse(readFileSync(report, "utf8")) as Record<
		"numPassedTests" | "numFailedTests" | "numPendingTests" | "numFailedTestSuites",
		number
	>;
	passed += counts.numPassedTests;
	failed += Math.max(counts.numFailedTests, counts.numFailedTestSuites > 0 ? 1 : 0);
	skipped += counts.numPendingTests;
} catch {
	console.error("The test runner left no report.");
	failed++;
}
rmSync(folder, { recursive: true });
const electron = findElectron();
if ("why" in electron) console.log(`\nSkipped: the desktop app's own window, because ${electron.why}.`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;
