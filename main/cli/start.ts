/** `npm start`: the desktop app where it can run, else the same app in the browser. */
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 22) {
	process.stderr.write(
		`scd needs Node 22 or newer, and this is Node ${process.versions.node}. Start it with npm start, which brings its own.\n`,
	);
	process.exitCode = 1;
} else {
	const { findElectron, runElectron } = await import("./find-electron.ts");
	const found = findElectron({ fetch: true });
	if ("path" in found) runElectron(found.path, process.argv.slice(2));
	else {
		process.stderr.write(`scd: the desktop window cannot open (${found.why}); here is the same app for a browser.\n`);
		const { runProgram } = await import("./program.ts");
		await runProgram([...process.argv.slice(0, 2), "serve", ...process.argv.slice(2)]);
	}
}

export {};
