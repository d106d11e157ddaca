/** The command `scd`: checks Node before anything newer than it is loaded. */
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 22) {
	process.stderr.write(
		`scd needs Node 22 or newer, and this is Node ${process.versions.node}. Run it with npx in the project's folder, or install a newer Node.\n`,
	);
	process.exitCode = 1;
} else {
	const { runProgram } = await import("./program.ts");
	await runProgram(process.argv);
}

export {};
