import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import open from "open";
import { z } from "zod";
import { AppError } from "#shared/errors";
import { App } from "../app/app.ts";
import { rendererFolder } from "../app/locations.ts";
import { Service } from "../app/service.ts";
import { makeToken, serve } from "../serve.ts";
import { isProcessAlive } from "../store/process-alive.ts";
import { databaseOption, parsePort } from "./options.ts";
import { printResult } from "./terminal.ts";

interface ServeCommandOptions {
	readonly db?: string;
	readonly port?: number;
	/** False with --no-open. */
	readonly open: boolean;
}

export function defineServeCommand(command: Command): void {
	command
		.option("--port <n>", "port on 127.0.0.1 (default: 7423, or a free one where that is taken)", parsePort)
		.option("--no-open", "only print the address")
		.addOption(databaseOption())
		.addHelpText(
			"after",
			`
On a machine that you reach over SSH:
  there:  scd serve --no-open --port 7423
  here:   ssh -N -L 7423:127.0.0.1:7423 user@machine, then open the printed address`,
		)
		.action(runServe);
}

/** Prints the address on one line and serves until it is stopped. */
async function runServe(options: ServeCommandOptions): Promise<void> {
	if (!existsSync(rendererFolder))
		throw new AppError("not-found", `The app's pages are not built (${rendererFolder} is missing). Run: npm run build`);
	const app = new App(options.db);
	const note = `${app.store.path}.serving.json`;
	const other = readNote(note);
	if (other) {
		app.dispose();
		process.stderr.write("scd: this database is being served already; its address follows.\n");
		printResult(other.url);
		if (options.open) await openBrowser(other.url);
		return;
	}
	const service = new Service(app, "loopback");
	try {
		const token = loadToken(app);
		const { url, dispose } = await serve(service, { token, ...(options.port !== undefined && { port: options.port }) });
		const ended = Promise.withResolvers<void>();
		process.once("SIGINT", () => ended.resolve());
		process.once("SIGTERM", () => ended.resolve());
		writeFileSync(note, JSON.stringify({ pid: process.pid, url, at: Date.now() }), { mode: 0o600 });
		printResult(url);
		process.stderr.write("scd: stop with Ctrl-C. What is running when you stop can be resumed.\n");
		if (options.open) await openBrowser(url);
		await ended.promise;
		rmSync(note, { force: true });
		await dispose();
	} finally {
		service.dispose();
	}
}

const tokenKey = "loopback-token";

/** One for each database, so that an open page finds back and a bookmark stays good when the server is started again. */
function loadToken({ store }: App): string {
	const known = store.settings.load()[tokenKey];
	if (typeof known === "string" && known.length >= 20) return known;
	const token = makeToken();
	store.settings.save(tokenKey, token);
	return token;
}

const noteSchema = z.object({ pid: z.number(), url: z.string(), at: z.number() });

/** Who serves this database already. */
function readNote(path: string): z.infer<typeof noteSchema> | undefined {
	try {
		const note = noteSchema.parse(JSON.parse(readFileSync(path, "utf8")));
		return note.pid !== process.pid && isProcessAlive(note.pid, note.at) ? note : undefined;
	} catch {
		return undefined;
	}
}

/** Where there is no browser, the printed address is enough. */
async function openBrowser(url: string): Promise<void> {
	const child = await open(url).catch(() => undefined);
	child?.on("error", () => {});
}
