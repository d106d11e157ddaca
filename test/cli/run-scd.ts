import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export const scdEntry = join(import.meta.dirname, "../../main/cli/scd.ts");

export interface Outcome {
	readonly code: number | null;
	readonly out: string;
	/** Without lines of progress. */
	readonly err: string;
}

export interface RunOptions {
	readonly cwd?: string;
	/** Arguments of Node itself. */
	readonly node?: readonly string[];
	/** Beside what this process has. */
	readonly env?: Readonly<Record<string, string>>;
	/** While it runs. */
	onStart?(child: ChildProcess): void;
}

/** Standard error but for the lines that tell how far it is: how many there are is up to the machine. */
export function withoutProgress(err: string): string {
	return err.replace(/^scd: \d+%.*\n/gm, "");
}

/** Runs the command as a process of its own, without a terminal, and waits for its end. */
export async function runScd(
	words: readonly string[],
	{ cwd, node = [], env = {}, onStart }: RunOptions = {},
): Promise<Outcome> {
	const child = spawn(process.execPath, [...node, scdEntry, ...words], {
		cwd,
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let [out, err] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		out += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		err += text;
	});
	onStart?.(child);
	return await new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err: withoutProgress(err) })));
}
