import { useEffect, useState } from "react";
import type { Method, Params, Result } from "#shared/contract/contract";
import { AppError } from "#shared/errors";
import { client } from "../bridge/connection.ts";
import { reportError } from "./session-store.ts";

export interface Answer<T> {
	/** To the newest question that was answered; with `loading`, to one before it. */
	readonly answer: T | undefined;
	readonly loading: boolean;
	/** Why the newest question has no answer. */
	readonly problem: Error | undefined;
}

interface CallChoice {
	/** Asks the same again when it changes. */
	readonly refresh?: unknown;
	/** Waits so long for a newer question, while somebody types. */
	readonly delayMs?: number;
	/** Keeps the last answer while another question waits for its own. */
	readonly keep?: boolean;
}

interface Held<T> {
	readonly question?: string;
	readonly answer?: T;
	readonly loading: boolean;
	readonly problem?: Error;
}

/**
 * What the service answers to a call, asked anew when `params` change; undefined asks nothing. A question that is not wanted
 * any more is called off, and what still comes for it is dropped. Whoever shows no `problem` uses `useAnswer`.
 */
export function useCall<M extends Method>(
	method: M,
	params: Params<M> | undefined,
	{ refresh, delayMs = 0, keep = false }: CallChoice = {},
): Answer<Result<M>> {
	const question = params === undefined ? undefined : JSON.stringify(params);
	const [held, setHeld] = useState<Held<Result<M>>>({ loading: question !== undefined });
	// biome-ignore lint/correctness/useExhaustiveDependencies: `question` holds what `params` are, `refresh` that they are asked again.
	useEffect(() => {
		if (question === undefined || params === undefined) {
			setHeld({ loading: false });
			return;
		}
		const controller = new AbortController();
		setHeld((before) => ({
			question,
			...((keep || before.question === question) && before.answer !== undefined && { answer: before.answer }),
			loading: true,
		}));
		const ask = () =>
			client.call(method, params, { signal: controller.signal }).then(
				(answer) => !controller.signal.aborted && setHeld({ question, answer, loading: false }),
				(error: Error) => {
					if (controller.signal.aborted || (error instanceof AppError && error.code === "cancelled")) return;
					setHeld(({ answer }) => ({
						...{ question, loading: false, problem: error },
						...(keep && answer !== undefined && { answer }),
					}));
				},
			);
		const timer = delayMs > 0 ? setTimeout(ask, delayMs) : void ask();
		return () => {
			clearTimeout(timer);
			controller.abort();
		};
	}, [method, question, refresh, keep]);
	const isOld = held.question !== question && !keep;
	return {
		answer: isOld ? undefined : held.answer,
		loading: held.loading || (question !== undefined && held.question !== question),
		problem: held.question === question ? held.problem : undefined,
	};
}

/** The same for what shows no problem of its own: it becomes a message. */
export function useAnswer<M extends Method>(
	method: M,
	params: Params<M> | undefined,
	choice: CallChoice = {},
): Result<M> | undefined {
	const { answer, problem } = useCall(method, params, choice);
	useEffect(() => {
		if (problem) reportError(problem);
	}, [problem]);
	return answer;
}
