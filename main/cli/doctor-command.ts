import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "#shared/errors";
import { type ProviderChoice, providerChoice } from "#shared/trace-request";
import { readVersions } from "../app/app.ts";
import { startNodeEngine } from "../app/cuda-folder.ts";
import { engineFile, reference } from "../app/locations.ts";
import { EngineSupervisor } from "../engine/engine-supervisor.ts";
import type { EngineDescription } from "../engine/protocol.ts";
import { checkDatabase, type DatabaseHealth, newestSchema, sqliteVersion } from "../store/health.ts";
import { defaultDatabasePath } from "../store/open-database.ts";
import { conventionOptions } from "./convention-options.ts";
import { describeCuda, doctorFetchCuda } from "./doctor-cuda.ts";
import { doctorProvider } from "./doctor-provider.ts";
import { buildFindingJson, type CheckOptions, checkDictionaries, describeFindings } from "./doctor-saes.ts";
import { describeSpeed, examineSpeed } from "./doctor-speed.ts";
import { collect, databaseOption, jsonOption, layersOption, memoryOption, modelOption } from "./options.ts";
import { printJson, printResult } from "./terminal.ts";

export function defineDoctorCommand(command: Command): void {
	conventionOptions(command)
		.addOption(
			new Option(
				"--saes <dir|name>",
				"measure whether these dictionaries were loaded right, and what other ways of reading them would give; may be repeated",
			).argParser(collect),
		)
		.addOption(layersOption())
		.addOption(modelOption())
		.addOption(new Option("--bos <on|off>", "<|endoftext|> before the text").choices(["on", "off"]))
		.addOption(
			new Option(
				"--provider <name>",
				"where --saes is computed; alone: whether it computes what the processor computes, and how fast (writes 700 MB for a while)",
			).choices(providerChoice.options),
		)
		.option(
			"--fetch-cuda",
			"fetch the libraries that --provider cuda needs, after saying which, from where and how large",
		)
		.option("--yes", "with --fetch-cuda: without being asked")
		.option("--calibrate", "measure how fast this machine is, for forecasts; a few seconds")
		.addOption(databaseOption())
		.addOption(memoryOption())
		.addOption(jsonOption())
		.action(runDoctor);
}

interface DoctorOptions extends Omit<CheckOptions, "provider"> {
	readonly provider?: ProviderChoice;
	readonly fetchCuda?: true;
	readonly yes?: true;
	readonly calibrate?: true;
	readonly json?: true;
}

async function runDoctor(options: DoctorOptions): Promise<void> {
	refuseWithoutSets(options);
	refuseMixed(options);
	if (options.fetchCuda) return await doctorFetchCuda(options);
	const { provider } = options;
	if (provider !== undefined && !options.saes) return await doctorProvider(provider, options.json ?? false);
	const engine = new EngineSupervisor(() => startNodeEngine(engineFile));
	try {
		const { providers, problem } = await examineEngine(engine);
		const cuda = await describeCuda();
		const path = options.db ?? defaultDatabasePath();
		const findings = options.saes && (await checkDictionaries({ ...options, provider: provider ?? "auto" }));
		const report = {
			versions: { ...readVersions(), sqlite: sqliteVersion(), platform: `${process.platform} ${process.arch}` },
			providers,
			...(cuda && { cuda: cuda.json }),
			...(problem !== undefined && { engine: { problem } }),
			memory: { total_mb: Math.round(totalmem() / 1e6), free_mb: Math.round(freemem() / 1e6) },
			electron: describeElectron(),
			bundled_model: existsSync(join(reference.model, "model.safetensors")) && existsSync(reference.facts),
			database: { newest_schema: newestSchema, ...examineDatabase(path) },
			speed: await examineSpeed(path, options),
			...(findings && { dictionaries: findings.map(buildFindingJson) }),
		};
		if (options.json) return printJson(report);
		const { versions, memory, electron, database } = report;
		printResult(
			[
				`scd ${versions.scd}, Node ${versions.node}, ONNX Runtime ${versions.onnxruntime}, SQLite ${versions.sqlite}, ${versions.platform}`,
				...(problem === undefined ? [] : [`engine  ${problem}`]),
				...providers.map(
					({ name, works, reason }) =>
						`provider ${name.padEnd(7)} ${works ? "works" : `does not work: ${shorten(reason ?? "")}`}`,
				),
				...(cuda ? [cuda.line] : []),
				`memory  ${memory.free_mb} of ${memory.total_mb} MB free`,
				`speed  ${describeSpeed(report.speed)}`,
				`Electron  ${electron.package ? `package ${electron.package}, its program ${electron.binary ? "is there" : "is not downloaded yet"}` : "is not installed"}`,
				`bundled model  ${report.bundled_model ? "is there" : "is missing: install the program again"}`,
				database.problem !== undefined
					? `database  ${database.problem}`
					: database.bytes === undefined
						? `database  ${path} does not exist yet; the first trace makes it`
						: `database  ${path}, ${(database.bytes / 1e6).toFixed(1)} MB, schema ${database.schema} of ${newestSchema}, check ${database.check}, ${database.circuits} circuits, ${database.runs} runs`,
				...(findings ? describeFindings(findings) : []),
			].join("\n"),
		);
	} finally {
		engine.dispose();
	}
}

/** Throws `usage` where something is said of dictionaries and none are named. */
function refuseWithoutSets({ saes, model, layers, bos, center, valueBiases, normFactor }: DoctorOptions): void {
	if (saes) return;
	const said = Object.entries({ model, layers, bos, center, "value-biases": valueBiases, "norm-factor": normFactor });
	const idle = said.filter(([, value]) => value !== undefined).map(([name]) => `--${name}`);
	if (idle.length > 0)
		throw new AppError(
			"usage",
			`${idle.join(" and ")} ${idle.length > 1 ? "are" : "is"} of dictionaries that are measured. Name some with --saes.`,
		);
}

/** Throws `usage` where fetching is asked for beside a measurement, or consent without anything to consent to. */
function refuseMixed({ saes, provider, fetchCuda, yes }: DoctorOptions): void {
	if (yes && !fetchCuda) throw new AppError("usage", "--yes answers the question of --fetch-cuda. Say that too.");
	if (fetchCuda && (saes ?? provider) !== undefined)
		throw new AppError(
			"usage",
			"--fetch-cuda fetches and measures nothing. Leave --saes and --provider for the next call.",
		);
}

/** An engine that does not start is a finding, not a failure. */
async function examineEngine(
	engine: EngineSupervisor,
): Promise<Pick<EngineDescription, "providers"> & { readonly problem?: string }> {
	try {
		return await engine.call("providers", null);
	} catch (error) {
		if (error instanceof AppError) return { providers: [], problem: error.message };
		throw error;
	}
}

/** A database that cannot be read is a finding, not a failure. */
function examineDatabase(path: string): DatabaseHealth & { readonly problem?: string } {
	try {
		return checkDatabase(path);
	} catch (error) {
		if (error instanceof AppError) return { path, problem: error.message };
		throw error;
	}
}

const shorten = (reason: string) => (reason.length > 140 ? `${reason.slice(0, 139)}…` : reason);

function describeElectron(): { package: string | null; binary: boolean } {
	const require = createRequire(import.meta.url);
	try {
		const path = require.resolve("electron/package.json");
		const { version } = require(path) as { version: string };
		return { package: version, binary: existsSync(join(dirname(path), "dist")) };
	} catch {
		return { package: null, binary: false };
	}
}
