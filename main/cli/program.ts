import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { reportFailure } from "./terminal.ts";

interface CommandEntry {
	readonly name: string;
	readonly description: string;
	/** Gives the command its options and action; loaded when it is named, so that help need not wait for SQLite. */
	load(): Promise<(command: Command) => void>;
}

const commands: readonly CommandEntry[] = [
	{
		name: "trace",
		description: "Trace a circuit: which features make the model say what it says, and through which others.",
		load: async () => (await import("./trace-command.ts")).defineTraceCommand,
	},
	{
		name: "ablate",
		description: "Ablate features one by one: which features of the next layer, and which tokens, that changes.",
		load: async () => (await import("./trace-command.ts")).defineAblateCommand,
	},
	{
		name: "jacobian",
		description: "Differentiate features of the residual stream by those of the layer before.",
		load: async () => (await import("./trace-command.ts")).defineJacobianCommand,
	},
	{
		name: "validate",
		description:
			"Check a circuit on its prompts, on similar ones or over a text: faithfulness, completeness and how sure they are.",
		load: async () => (await import("./validate-command.ts")).defineValidateCommand,
	},
	{
		name: "generate",
		description: "Write on with features ablated, scaled or clamped, beside the same model left alone.",
		load: async () => (await import("./generate-command.ts")).defineGenerateCommand,
	},
	{
		name: "respond",
		description: "Scale or ablate features: what the metric, the next token and other features do.",
		load: async () => (await import("./respond-command.ts")).defineRespondCommand,
	},
	{
		name: "collect",
		description: "Read a corpus once: where every feature is active, its contexts, histogram, thresholds, co-firing.",
		load: async () => (await import("./collect-command.ts")).defineCollectCommand,
	},
	{
		name: "features",
		description: "Say what features respond to and what they do: contexts, frequency, tokens raised and lowered.",
		load: async () => (await import("./features-command.ts")).defineFeaturesCommand,
	},
	{
		name: "labels",
		description: "Labels of published dictionaries: import Neuronpedia's export files, ask it, list what is known.",
		load: async () => (await import("./labels-command.ts")).defineLabelsCommand,
	},
	{
		name: "consensus",
		description: "Trace many prompts: which features and edges come back, how often, with mean and spread.",
		load: async () => (await import("./consensus-command.ts")).defineConsensusCommand,
	},
	{
		name: "cluster",
		description: "Group token positions of a corpus by what the residual stream holds there.",
		load: async () => (await import("./cluster-command.ts")).defineClusterCommand,
	},
	{
		name: "train-sae",
		description: "Train a dictionary on a model's activations; stopped, it goes on where it was.",
		load: async () => (await import("./train-sae-command.ts")).defineTrainCommand,
	},
	{
		name: "compare-saes",
		description: "Measure dictionaries side by side: L0, explained variance, dead features, loss recovered.",
		load: async () => (await import("./train-sae-command.ts")).defineCompareCommand,
	},
	{
		name: "catalogue",
		description: "List the published models and dictionaries that can be fetched by name, and what of them is here.",
		load: async () => (await import("./catalogue-command.ts")).defineCatalogueCommand,
	},
	{
		name: "download",
		description:
			"Fetch a published model or dictionaries into the Hugging Face cache; cut off, it goes on where it was.",
		load: async () => (await import("./download-command.ts")).defineDownloadCommand,
	},
	{
		name: "import",
		description:
			"Open what this program exported, graphs of circuit-tracer and Neuronpedia, and graphs that the seed wrote.",
		load: async () => (await import("./import-command.ts")).defineImportCommand,
	},
	{
		name: "circuits",
		description: "List, show, delete and branch stored circuits; their strongest paths.",
		load: async () => (await import("./circuits-command.ts")).defineCircuitsCommand,
	},
	{
		name: "report",
		description: "Write a circuit as a report: figure, story, tables, scores, what did not hold, how to reproduce it.",
		load: async () => (await import("./report-command.ts")).defineReportCommand,
	},
	{
		name: "export",
		description: "Write circuits as pictures and posters, as numbers, for other programs, or as a project to send.",
		load: async () => (await import("./export-command.ts")).defineExportCommand,
	},
	{
		name: "serve",
		description: "Open the app in a browser, on this machine or through an SSH tunnel.",
		load: async () => (await import("./serve-command.ts")).defineServeCommand,
	},
	{
		name: "doctor",
		description: "Say what works here: versions, providers, memory, Electron, the bundled model, the database.",
		load: async () => (await import("./doctor-command.ts")).defineDoctorCommand,
	},
];

const examples = `
Examples:
  $ scd trace --prompt "Copyright (C)" -o circuit.svg     a circuit on the bundled model, drawn
  $ scd trace --prompt "Copyright (C)" --json             the same as numbers
  $ scd trace --circuit mine --layers 0:2 --prompt "…"   trace some layers into a circuit named mine,
  $ scd trace --circuit mine --layers 2:4 --prompt "…"   and later extend it
  $ scd features mlp_3.17                                what a feature responds to and does
  $ scd download gpt2 --saes res-jb --layers 6:8         fetch GPT-2 small and dictionaries of two layers
  $ scd circuits list                                    what is stored
  $ scd serve                                            the app in a browser

Exit codes: 0 done; 1 failed, with the reason on standard error; 2 wrong usage: an option or a value\nthat cannot be meant, such as a layer that the model has not.`;

/** Runs one command line; never throws, sets the exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		// Whoever read our output has had enough.
		if (error.code === "EPIPE") process.exit(0);
	});
	const program = new Command("scd")
		.description(
			"Finds, shows, checks and prints circuits of sparse-autoencoder features in GPT-2-like language models.",
		)
		.version(readVersion(), "-V, --version", "print the version")
		.option("--debug", "print a stack trace when something fails")
		.helpOption("-h, --help", "show this help, or that of a command")
		.helpCommand("help [command]", "show the help of a command")
		.addHelpText("after", examples)
		.exitOverride()
		.configureOutput({ writeErr: () => {} });
	for (const { name, description, load } of commands) {
		const command = program.command(name).description(description);
		if (argv.includes(name)) (await load())(command);
	}
	inheritSettings(program);
	try {
		if (argv.length <= 2) program.outputHelp();
		else await program.parseAsync(argv);
	} catch (error) {
		if (error instanceof CommanderError) {
			if (error.exitCode === 0) return;
			const reason = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
			const command = program.commands.find((one) => one.name() === argv[2]);
			process.stderr.write(
				`scd: ${reason.replace(/\.$/, "")}. See scd ${command ? `${command.name()} ` : ""}--help.\n`,
			);
			process.exitCode = 2;
		} else reportFailure(error, argv.includes("--debug"));
	}
}

function readVersion(): string {
	return (createRequire(import.meta.url)("../../package.json") as { version: string }).version;
}

/** Commands throw as the program does, and take --debug behind their name too. */
function inheritSettings(program: Command): void {
	for (const command of program.commands) {
		command.copyInheritedSettings(program).option("--debug", "print a stack trace when something fails");
		inheritSettings(command);
	}
}
