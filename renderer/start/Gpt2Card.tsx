import { Download } from "lucide-react";
import { findModelRow } from "#shared/catalogue";
import type { CatalogueSetRow } from "#shared/contract/catalogue";
import { type SamplePrompt, samplePrompts, starter } from "#shared/starter";
import { openDialog } from "../actions/workspace-store.ts";
import { fetchPublished, findDownload, useCatalogue } from "../document/catalogue-store.ts";
import { useSession } from "../document/session-store.ts";
import { buildRequest, changeForm, startTrace, useTraceForm } from "../document/trace-form.ts";
import { DownloadCard } from "../downloads/DownloadCard.tsx";
import { chooseSets } from "../library/take-published.ts";
import { showBytes } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { plainForm } from "./plain-form.ts";
import { SampleButton } from "./SampleButton.tsx";

const model = findModelRow(starter.models[0] ?? "");
const starterReleases: ReadonlySet<string> = new Set(starter.sets.map(({ release }) => release));
/** The model that people study: what it needs, one press to have it, and prompts whose circuits others have described. */
export function Gpt2Card({ busy }: { readonly busy: boolean }) {
	const { catalogue, downloads } = useCatalogue();
	const library = useSession((state) => state.library);
	if (!model || !catalogue) return null;
	const unfinished = findDownload(downloads, starter);
	const here = catalogue.models.find(({ name }) => name === model.name)?.path ?? null;
	const usable = findUsable(catalogue.sets, library);
	const wanted = listStarter(catalogue.sets);
	const lacking = wanted.filter(({ folder }) => folder === null);
	const bytes = lacking.reduce((sum, one) => sum + one.bytes, 0);
	// What came another way meanwhile needs no download any more.
	const download =
		unfinished && unfinished.state !== "done" && (here === null || lacking.length > 0) ? unfinished : undefined;
	const ready = here !== null && usable.size > 0 && !download;
	const begun = lacking.length < wanted.length;
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
					The model that most published circuits are about.{" "}
					{here === null
						? `It needs the model, ${showBytes(model.bytes)}, and dictionaries`
						: "The model is on this computer; it needs dictionaries"}
					: to start with, those of two layers at attention, MLP and residual stream,{" "}
					{begun ? `of which ${showBytes(bytes)} are still to come.` : `${showBytes(bytes)}.`}
				</p>
			)}
			{download && <DownloadCard download={download} bare />}
			{!download && (!ready || (begun && lacking.length > 0)) && (
				<div className="start-gpt2-go">
					<Button
						{...(!ready && { variant: "primary", large: true })}
						data-fetch-gpt2
						onClick={() => fetchPublished(starter)}
					>
						<Download aria-hidden />
						{ready
							? `Download the other dictionaries, ${showBytes(bytes)}`
							: `Download ${showBytes((here === null ? model.bytes : 0) + bytes)}`}
					</Button>
					<span className="faint grow">{freeBytes !== null && `${showBytes(freeBytes)} are free on this disk.`}</span>
					<Button variant="quiet" onClick={() => openDialog("library", "catalogue")}>
						Choose others
					</Button>
				</div>
			)}
		</section>
	);
}

/** The dictionaries to start with, and what of them is here. */
function listStarter(sets: readonly CatalogueSetRow[]): CatalogueSetRow["dictionaries"] {
	return starter.sets.flatMap(
		({ release, paths }) =>
			sets.find(({ name }) => name === release)?.dictionaries.filter(({ path }) => paths?.includes(path) ?? true) ?? [],
	);
}

/** Releases to trace with: those to start with, else the first that is here. Empty until the library knows them. */
function findUsable(
	sets: readonly CatalogueSetRow[],
	library: ReturnType<typeof useSession.getState>["library"],
): ReadonlySet<string> {
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
		<SampleButton sample={title} disabled={busy} onTrace={onTrace} title={prompt}>
			<span className="sample-text">
				<span className="sample-title">
					<strong>{title}</strong> <span className="faint">{known}</span>
				</span>
				<span className="mono cut">{prompt}</span>
			</span>
		</SampleButton>
	);
}
