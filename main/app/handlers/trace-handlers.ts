import { showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import type { Forecastable } from "../../circuits/forecast/forecast.ts";
import { completePrompt } from "../../circuits/trace-inputs.ts";
import { loadGpt2Config } from "../../model/gpt2-config.ts";
import { discoverDictionaries, resolvePrependBos } from "../../sae/discovery.ts";
import { forecastRun } from "../forecast-run.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";
import { checkTarget } from "../trace-job.ts";

type Part = Pick<AppHandlers, Extract<keyof AppHandlers, `jobs.${string}` | `prompt.${string}` | `trace.${string}`>>;

const rememberMs = 15_000;

/** Asking for a trace: the prompt's tokens, what it will cost, and the queue. */
export function buildTraceHandlers(service: Service): Part {
	const { jobs, tokenizers } = service;
	let asked: { readonly key: string; readonly at: number; readonly answer: boolean } | undefined;
	/** Opening three dozen dictionaries takes a moment, and typing asks at every letter. */
	const prependsBos = (dirs: readonly string[], bos: "on" | "off" | undefined): boolean => {
		const key = JSON.stringify([dirs, bos]);
		if (asked?.key === key && Date.now() - asked.at < rememberMs) return asked.answer;
		const answer = resolvePrependBos(dirs.length > 0 ? discoverDictionaries(dirs).dictionaries : [], bos);
		asked = { key, at: Date.now(), answer };
		return answer;
	};
	return {
		"prompt.read": async ({ modelDir, dictionaryDirs, prompt, bos }) => {
			const tokenizer = tokenizers.load(modelDir);
			const ids = tokenizer.encode(prompt);
			const tokenIds = completePrompt(ids, prependsBos(dictionaryDirs, bos), tokenizer);
			const { contextLength } = loadGpt2Config(modelDir);
			const tokens = tokenIds.map((id) => tokenizer.tokenText(id));
			return { tokenIds, tokens, bos: tokenIds !== ids, contextLength };
		},
		"prompt.complete": async ({ modelDir, query, limit }) => {
			const tokenizer = tokenizers.load(modelDir);
			const texts = service.tokenizers.texts(modelDir);
			const exact = query === "" ? [] : resolveExactly(() => tokenizer.resolveToken(query));
			// A leading space is part of most tokens and hard to type: it may be left out, or written as it is shown.
			const wanted = query.replaceAll("·", " ").toLowerCase();
			const begins: number[] = [];
			const contains: number[] = [];
			for (const [id, text] of texts.entries()) {
				const plain = text.toLowerCase();
				if (plain.startsWith(wanted) || plain.trimStart().startsWith(wanted)) begins.push(id);
				else if (showToken(plain).includes(wanted)) contains.push(id);
			}
			begins.sort((a, b) => (texts[a]?.length ?? 0) - (texts[b]?.length ?? 0) || a - b);
			const found = [...new Set([...exact, ...begins, ...contains])].slice(0, limit);
			return found.map((id) => ({ id, text: texts[id] ?? "" }));
		},
		"trace.forecast": async (request) =>
			await forecastRun(service.app, { kind: request.method, request } as Forecastable),
		"jobs.start": async ({ job, circuit, request }) => {
			if (circuit !== undefined) checkTarget(service.app.store, circuit, request);
			service.forgetInterrupted(request);
			return jobs.start(job, request, circuit);
		},
		"jobs.list": async () => jobs.list(),
		"jobs.cancel": async ({ job }) => {
			jobs.cancel(job);
			return null;
		},
		"jobs.dismiss": async ({ job }) => {
			jobs.dismiss(job);
			return null;
		},
	};
}

function resolveExactly(resolve: () => number): readonly number[] {
	try {
		return [resolve()];
	} catch (error) {
		if (error instanceof AppError) return [];
		throw error;
	}
}
