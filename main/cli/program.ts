import { Command, CommanderError } from "commander";
import { addCircuitsCommand } from "./circuits-command.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addExportCommand } from "./export-command.ts";
import { addFeaturesCommand } from "./features-command.ts";
import { reportFailure } from "./terminal.ts";
import { addTraceCommand } from "./trace-command.ts";

const examples = `
Examples:
  $ scd trace --prompt "Copyright (C" -o circuit.svg     a circuit on the bundled model, drawn
  $ scd trace --prompt "Copyright (C" --json             the same as numbers
  $ scd trace --circuit mine --layers 0:2 --prompt "…"   trace some layers into a circuit named mine,
  $ scd trace --circuit mine --layers 2:4 --prompt "…"   and later extend it
  $ scd features mlp_3.17                                what a feature responds to and does
  $ scd circuits list                                    what is stored

Exit codes: 0 done; 1 failed, with the reason on standard error; 2 wrong usage.`;

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
		.option("--debug", "print a stack trace when something fails")
		.helpOption("-h, --help", "show this help, or that of a command")
		.helpCommand("help [command]", "show the help of a command")
		.addHelpText("after", examples)
		.exitOverride()
		.configureOutput({ writeErr: () => {} });
	for (const add of [addTraceCommand, addFeaturesCommand, addCircuitsCommand, addExportCommand, addDoctorCommand])
		add(program);
	inheritSettings(program);
	try {
		if (argv.length <= 2) program.outputHelp();
		else await program.parseAsync(argv);
	} catch (error) {
		if (error instanceof CommanderError) {
			if (error.exitCode === 0) return;
			const reason = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
			process.stderr.write(
				`scd: ${reason}. See scd ${argv[2]?.startsWith("-") ? "" : `${argv[2]} `}--help.\n`.replace("..", "."),
			);
			process.exitCode = 2;
		} else reportFailure(error, argv.includes("--debug"));
	}
}

/** Commands throw as the program does, and take --debug behind their name too. */
function inheritSettings(program: Command): void {
	for (const command of program.commands) {
		command.copyInheritedSettings(program).option("--debug", "print a stack trace when something fails");
		inheritSettings(command);
	}
}
