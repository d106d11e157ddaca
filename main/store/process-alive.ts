import { readFileSync } from "node:fs";

/** Processes start a little before they do anything; clocks of the kernel tick a hundred times a second. */
const ticksPerSecond = 100;
const slackMs = 2000;

/** Whether the process that began something at `startedAt` (ms) still runs, and is not another one with its number. */
export function isProcessAlive(pid: number, startedAt: number): boolean {
	// In a container each start of the program may get the same number.
	if (pid === process.pid) return startedAt >= performance.timeOrigin;
	try {
		process.kill(pid, 0);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code !== "EPERM") return false;
	}
	return process.platform !== "linux" || isSameLinuxProcess(pid, startedAt);
}

/** proc(5): the state is field 3 of `stat`, the time of the start, in ticks since the machine's, field 22. */
function isSameLinuxProcess(pid: number, startedAt: number): boolean {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The program's name, in brackets, may hold spaces.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		// Where nobody collects dead processes, as in some containers, they still answer signals.
		if (fields[0] === "Z") return false;
		const bootedAt = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1];
		const bornAt = 1000 * (Number(bootedAt) + Number(fields[19]) / ticksPerSecond);
		return !(bornAt > startedAt + slackMs);
	} catch (cause) {
		return (cause as NodeJS.ErrnoException).code !== "ENOENT";
	}
}
