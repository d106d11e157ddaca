import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("npx scd prints nothing that is not its own", () => {
	const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
	const { stdout, stderr, status } = spawnSync("npx scd --version", { encoding: "utf8", shell: true });
	expect({ stdout, stderr, status }).toEqual({ stdout: `${version}\n`, stderr: "", status: 0 });
});

test("the lock file keeps npm from running the script that fetches CUDA libraries", () => {
	// npm 11 is told by `allowScripts`; older ones ask the lock file alone. `npm install` may write the line again: delete it.
	const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
		packages: Record<string, { hasInstallScript?: boolean }>;
	};
	expect(packages["node_modules/onnxruntime-node"]).toBeDefined();
	expect(packages["node_modules/onnxruntime-node"]).not.toHaveProperty("hasInstallScript");
});
