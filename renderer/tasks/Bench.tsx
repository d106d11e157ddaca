import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Task, TaskAsked } from "#shared/contract/task";
import { closeDialog } from "../actions/workspace-store.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { TaskForecast } from "./ForecastFigures.tsx";
import { TaskProgress } from "./TaskProgress.tsx";
import { isLive, startTask } from "./tasks.ts";
import "./tasks.css";

interface BenchProps {
	readonly title: string;
	readonly lead: string;
	/** What would be started; undefined where something is missing. */
	readonly asked: TaskAsked | undefined;
	/** The newest of its kind. */
	readonly task: Task | undefined;
	/** What the button says, and what it says while it goes on. */
	readonly start: string;
	readonly going: string;
	readonly icon: LucideIcon;
	readonly form: ReactNode;
	/** What came of it, or where nothing did, what would. */
	readonly children: ReactNode;
}

/** A dialog of long work: a form with what it will take and its button, beside progress and results. */
export function Bench({ title, lead, asked, task, start, going, icon: Icon, form, children }: BenchProps) {
	const live = isLive(task);
	return (
		<DialogFrame title={title} lead={lead} width={1060} onClose={closeDialog}>
			<div className="bench">
				<div className="bench-form">
					{form}
					<TaskForecast asked={asked} />
					<Button
						variant="primary"
						large
						disabled={live || asked === undefined}
						onClick={() => asked && startTask(asked)}
						data-start
					>
						<Icon aria-hidden /> {live ? going : start}
					</Button>
				</div>
				<div className="bench-result">
					<TaskProgress task={task} name={title} />
					{children}
				</div>
			</div>
		</DialogFrame>
	);
}
