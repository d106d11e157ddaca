/** The command `scd`: checks Node before anything newer than it is loaded. */
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 22) {
	process.stderr.write(
		`scd needs Node 22 or newer, and this is Node ${process.versions.node}. In the project's folder, npx scd brings its own; elsewhere install a newer Node.\n`,
	);
	process.exitCode = 1;
} else {
	const { runProgram } = await import("./program.ts");
	await runProgram(process.argv);
}

export {};
