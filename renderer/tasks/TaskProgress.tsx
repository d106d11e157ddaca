import type { Task } from "#shared/contract/task";
import { showSeconds } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { cancelTask, isLive } from "./tasks.ts";
import "./tasks.css";

/** How far a task is, how it can be stopped, and why it failed. Nothing where it is done. */
export function TaskProgress({ task, name }: { readonly task: Task | undefined; readonly name: string }) {
	if (!task || task.state === "done") return null;
	if (!isLive(task))
		return (
			<p className="field-error" role="alert">
				{task.state === "cancelled" ? "Stopped. What was finished is kept." : task.failure?.message}
			</p>
		);
	const { progress } = task;
	const share = progress ? Math.min(1, progress.done / Math.max(1, progress.total)) : 0;
	return (
		<div className="task">
			<div
				className="progress"
				role="progressbar"
				aria-label={name}
				aria-valuenow={Math.round(100 * share)}
				aria-valuemin={0}
				aria-valuemax={100}
			>
				<div style={{ width: `${100 * share}%` }} />
			</div>
			<div className="task-line">
				<span className="cut">{progress?.step ?? "Waits for the work before it"}</span>
				<span className="faint">
					{progress?.secondsLeft !== undefined && `${showSeconds(progress.secondsLeft)} left`}
				</span>
				<Button variant="quiet" onClick={() => cancelTask(task.id)}>
					Stop
				</Button>
			</div>
		</div>
	);
}
