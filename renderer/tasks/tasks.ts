import type { Task, TaskAsked, TaskKind } from "#shared/contract/task";
import { tracedBy } from "#shared/trace-request";
import { client } from "../bridge/connection.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { readConventions, useTraceForm } from "../document/trace-form.ts";

/** Asks for work; the answer comes as events. Returns the task's name. */
export function startTask(asked: TaskAsked, circuit: string | null = null): string {
	const task = crypto.randomUUID();
	client.call("tasks.start", { task, circuit, asked }).catch(reportError);
	return task;
}

export function cancelTask(id: string): void {
	client.call("tasks.cancel", { task: id }).catch(reportError);
}

/** The newest task of a kind, whichever window asked for it; undefined where there is none. */
export function useNewestTask<K extends TaskKind>(
	kind: K,
	fits: (task: Task<K>) => boolean = () => true,
): Task<K> | undefined {
	const tasks = useSession((state) => state.tasks);
	return (tasks as readonly Task<K>[]).findLast((task) => task.kind === kind && fits(task));
}

export const isLive = (task: Task | undefined): boolean => task?.state === "waiting" || task?.state === "running";

/** Model, dictionaries and provider of the open circuit, or of the trace panel where none is open. */
export function currentModel() {
	const { run } = useDocument.getState();
	const form = useTraceForm.getState();
	const { provider } = useSession.getState().settings;
	const traced = tracedBy(run?.request);
	if (traced) {
		const { modelDir, dictionaryDirs, conventions, bos } = traced;
		return { modelDir, dictionaryDirs, ...(conventions && { conventions }), ...(bos && { bos }), provider };
	}
	return {
		modelDir: form.modelDir,
		dictionaryDirs: form.setDirs,
		...readConventions(form),
		...(form.bos !== "auto" && { bos: form.bos }),
		provider,
	};
}
