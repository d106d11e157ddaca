import { ArrowRight, Download } from "lucide-react";
import { findModelRow, forecastDictionaryBytes } from "#shared/catalogue";
import { releases } from "#shared/catalogue-rows";
import { type SamplePrompt, samplePrompts, starter } from "#shared/starter";
import { openDialog } from "../actions/workspace-store.ts";
import { fetchPublished, findDownload, useCatalogue } from "../document/catalogue-store.ts";
import { useSession } from "../document/session-store.ts";
import { DownloadCard } from "../downloads/DownloadCard.tsx";
import { chooseSets } from "../library/take-published.ts";
import { buildRequest, changeForm, startTrace, useTraceForm } from "../trace/trace-form.ts";
import { showBytes } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { plainForm } from "./plain-form.ts";

const model = findModelRow(starter.models[0] ?? "");
const starterReleases: ReadonlySet<string> = new Set(starter.sets.map(({ release }) => release));
const dictionaryBytes = starter.sets.reduce((sum, { release: name, paths }) => {
	const release = releases.find((one) => one.name === name);
	const chosen = release?.dictionaries.filter(({ path }) => paths?.includes(path)) ?? [];
	return sum + chosen.reduce((bytes, one) => bytes + forecastDictionaryBytes(one, model?.width ?? 0), 0);
}, 0);

/** The model that people study: what it needs, one press to have it, and prompts whose circuits others have described. */
export function Gpt2Card({ busy }: { readonly busy: boolean }) {
	const { catalogue, downloads } = useCatalogue();
	const library = useSession((state) => state.library);
	if (!model || !catalogue) return null;
	const download = findDownload(downloads, starter);
	const here = catalogue.models.find(({ name }) => name === model.name)?.path ?? null;
	const usable = findUsable(catalogue.sets, library);
	const ready = here !== null && usable.size > 0;
	const need = (here === null ? model.bytes : 0) + dictionaryBytes;
	const { freeBytes } = catalogue;
	return (
		<section className="start-gpt2" aria-labelledby="start-gpt2">
			<div className="start-gpt2-head">
				<h3 id="start-gpt2">{model.title}</h3>
				<span className="faint">
					{model.layers} layers × {model.width}, {Math.round(model.parameters / 1e6)} M parameters
				</span>
			</div>
			{ready ? (
				<>
					<p className="muted">It is on this computer. Prompts whose circuits in it others have described:</p>
					<div className="start-samples">
						{samplePrompts.map((sample) => (
							<Sample key={sample.title} sample={sample} busy={busy} onTrace={() => traceSample(sample, usable)} />
						))}
					</div>
				</>
			) : (
				<p className="muted">
					The model that most published circuits are about. It needs the model, {showBytes(model.bytes)}, and
					dictionaries; to start with, those of two layers at attention, MLP and residual stream,{" "}
					{showBytes(dictionaryBytes)}.
				</p>
			)}
			{download && download.state !== "done" ? (
				<DownloadCard download={download} bare />
			) : (
				!ready && (
					<div className="start-gpt2-go">
						<Button variant="primary" large data-fetch-gpt2 onClick={() => fetchPublished(starter)}>
							<Download aria-hidden />
							Download {showBytes(need)}
						</Button>
						<span className="faint grow">{freeBytes !== null && `${showBytes(freeBytes)} are free on this disk.`}</span>
						<Button variant="quiet" onClick={() => openDialog("library", "catalogue")}>
							Choose others
						</Button>
					</div>
				)
			)}
		</section>
	);
}

type Sets = NonNullable<ReturnType<typeof useCatalogue.getState>["catalogue"]>["sets"];

/** Releases to trace with: those to start with, else the first that is here. Empty until the library knows them. */
function findUsable(sets: Sets, library: ReturnType<typeof useSession.getState>["library"]): ReadonlySet<string> {
	const listed = new Set((library ?? []).flatMap((folder) => folder.sets.flatMap(({ release }) => release ?? [])));
	const here = sets.filter(
		({ name, model: of, dictionaries }) =>
			of === model?.name && listed.has(name) && dictionaries.some(({ folder }) => folder !== null),
	);
	const wanted = here.filter(({ name }) => starterReleases.has(name));
	return new Set((wanted.length > 0 ? wanted : here.slice(0, 1)).map(({ name }) => name));
}

function traceSample({ prompt, target, against }: SamplePrompt, sets: ReadonlySet<string>): void {
	chooseSets(model?.name ?? "", sets);
	changeForm({
		...plainForm,
		prompt,
		...(target === undefined || against === undefined
			? { metric: "cross_entropy" }
			: { metric: "logit_difference", target, against }),
	});
	startTrace(buildRequest(useTraceForm.getState()));
}

function Sample({
	sample: { title, known, prompt },
	busy,
	onTrace,
}: {
	readonly sample: SamplePrompt;
	readonly busy: boolean;
	onTrace(): void;
}) {
	return (
		<button type="button" className="sample" data-sample={title} disabled={busy} onClick={onTrace} title={prompt}>
			<span className="sample-text">
				<span className="sample-title">
					<strong>{title}</strong> <span className="faint">{known}</span>
				</span>
				<span className="mono cut">{prompt}</span>
			</span>
			<span className="sample-go">
				<ArrowRight size={14} aria-hidden />
				Trace
			</span>
		</button>
	);
}
