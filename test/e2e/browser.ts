import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as driver, type Page } from "playwright-core";

const root = join(import.meta.dirname, "../..");

/** The built app, served on loopback to a Chromium that renders in software. */
export interface Served {
	readonly url: string;
	readonly database: string;
	/** Ends the server as Ctrl-C does, and starts it anew on the same database. */
	restart(): Promise<string>;
	/** Ends it as a crash would; `restart` brings it back. */
	kill(): Promise<void>;
	/** Ends the engine's process, as a fault of a driver would. */
	killEngine(): void;
	dispose(): Promise<void>;
}

export async function serveApp(
	prepare: (database: string) => void = () => {},
	options: readonly string[] = [],
): Promise<Served> {
	const folder = mkdtempSync(join(tmpdir(), "scd-app-"));
	const database = join(folder, "scd.sqlite");
	prepare(database);
	let server = await startServer(database, options);
	const served = {
		url: server.url,
		database,
		async restart() {
			await server.stop("SIGINT");
			server = await startServer(database, options);
			served.url = server.url;
			return server.url;
		},
		kill: () => server.stop("SIGKILL"),
		killEngine: () => server.killEngine(),
		async dispose() {
			await server.stop("SIGINT");
			rmSync(folder, { recursive: true, force: true });
		},
	};
	return served;
}

async function startServer(database: string, options: readonly string[]) {
	const child = spawn(
		process.execPath,
		[join(root, "out/main/scd.js"), "serve", "--no-open", "--db", database, ...options],
		{
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	const url = await new Promise<string>((resolve, reject) => {
		let said = "";
		child.stderr.on("data", (text) => {
			said += text;
		});
		child.stdout.once("data", (text) => resolve(String(text).trim()));
		child.once("exit", () => reject(new Error(`The server ended: ${said}`)));
	});
	return {
		url,
		killEngine() {
			const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
			for (const pid of children) if (pid !== "") process.kill(Number(pid), "SIGSEGV");
		},
		async stop(signal: "SIGINT" | "SIGKILL") {
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill(signal);
			await ended;
		},
	};
}

/** For a server that must come back where it was, whoever else holds the usual port. */
export async function findFreePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

export async function openBrowser(): Promise<Browser> {
	return await driver.launch({
		executablePath: await chromium.executablePath(),
		headless: true,
		args: [
			"--no-sandbox",
			"--headless=new",
			"--disable-gpu",
			"--disable-dev-shm-usage",
			"--disable-background-networking",
		],
	});
}

/** Waits until the canvas shows the whole truth: nothing is being painted and nothing moves. */
export async function settle(page: Page): Promise<void> {
	await page.waitForFunction(
		() => (document.querySelector(".canvas") as { scdSettled?(): boolean } | null)?.scdSettled?.() === true,
		undefined,
		{ timeout: 60_000 },
	);
}
