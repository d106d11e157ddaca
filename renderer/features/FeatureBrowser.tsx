import { ArrowDown, ArrowUp, Pin, Search } from "lucide-react";
import { useEffect, useState } from "react";
import type { FeatureInspection, FeaturePage, FeatureQuery, FeatureRow } from "#shared/contract/results";
import type { Task, TaskAsked } from "#shared/contract/task";
import type { Conventions } from "#shared/conventions";
import { describeLargest } from "#shared/describe-largest";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { neuronpediaUrl } from "#shared/published";
import { tracedBy } from "#shared/trace-request";
import { closeDialog } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { pinFeatures } from "../document/commands.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { useTraceForm } from "../document/trace-form.ts";
import { Context, Words } from "../inspector/FeatureWords.tsx";
import { PublishedSection } from "../labels/PublishedSection.tsx";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { currentModel, isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { showToast } from "../ui/toast-store.ts";
import "./features.css";

const pageSize = 50;
const searchMs = 180;

type Asked = Omit<FeatureQuery, "dictionary" | "offset" | "limit">;

/** All features of a dictionary: searched by token, context or label, sorted, and looked into. */
export function FeatureBrowser() {
	const { dictionaries, dictionary, choose } = useDictionaries();
	const [asked, setAsked] = useState<Asked>({ search: "", by: "all", sort: "maxActivation", descending: true });
	const [offset, setOffset] = useState(0);
	const [chosen, setChosen] = useState<number>();
	const task = useNewestTask("collect");
	const gathered = task?.state === "done" ? task.id : null;
	const page = usePage(dictionary, asked, offset, gathered);
	const ask = (part: Partial<Asked>) => {
		setAsked((before) => ({ ...before, ...part }));
		setOffset(0);
	};
	return (
		<DialogFrame
			title="Features"
			lead="What every feature of a dictionary responds to and does. Activations over a text of your own tell more: gather them below."
			width={1120}
			onClose={closeDialog}
		>
			<div className="features">
				<div className="features-list">
					<div className="features-tools">
						<SelectField
							label="Dictionary"
							value={dictionary}
							options={dictionaries.map(({ dir, site, name }) => ({ value: dir, label: site, hint: name }))}
							onChange={(dir) => {
								choose(dir);
								setOffset(0);
								setChosen(undefined);
							}}
						/>
						<label className="features-search">
							<Search size={14} aria-hidden />
							<input
								className="input"
								aria-label="Search features"
								placeholder="Search by token, context or label"
								value={asked.search}
								onChange={({ target }) => ask({ search: target.value })}
							/>
						</label>
						<SelectField
							label="Where to search"
							value={asked.by}
							options={[
								{ value: "all", label: "Everywhere" },
								{ value: "token", label: "Tokens" },
								{ value: "context", label: "Contexts" },
								{ value: "label", label: "Labels" },
							]}
							onChange={(by) => ask({ by })}
						/>
					</div>
					<Table page={page} asked={asked} chosen={chosen} onAsk={ask} onChoose={setChosen} />
					<div className="features-foot">
						<span className="faint">
							{page
								? `${page.total.toLocaleString("en")} of ${page.features.toLocaleString("en")} features${page.collection === null ? "" : ` · gathered over ${page.collection.toLocaleString("en")} tokens`}`
								: "Reading …"}
						</span>
						<span className="grow" />
						<Button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - pageSize))}>
							Before
						</Button>
						<Button disabled={!page || offset + pageSize >= page.total} onClick={() => setOffset(offset + pageSize)}>
							Next
						</Button>
					</div>
					<Gather task={task} />
				</div>
				<div className="features-detail">
					{chosen !== undefined && page ? (
						<Detail
							dictionary={dictionary}
							site={page.site}
							feature={chosen}
							gathered={gathered}
							onChoose={setChosen}
						/>
					) : (
						<p className="empty">Choose a feature to see where it fires and what fires with it.</p>
					)}
				</div>
			</div>
		</DialogFrame>
	);
}

/** Dictionaries of the open circuit or of the trace panel. */
function useDictionaries() {
	const library = useSession((state) => state.library);
	const form = useTraceForm((state) => state.setDirs);
	const run = useDocument((state) => state.run);
	const wanted = tracedBy(run?.request)?.dictionaryDirs ?? form;
	const sets = (library ?? []).flatMap((folder) => folder.sets);
	const mine = sets.filter(
		({ dir, dictionaries }) => wanted.includes(dir) || dictionaries.some((one) => wanted.includes(one.dir)),
	);
	const dictionaries = (mine.length > 0 ? mine : sets).flatMap((set) => set.dictionaries);
	const [chosen, choose] = useState<string>();
	const dictionary =
		chosen ?? dictionaries.find(({ site }) => site.startsWith("resid"))?.dir ?? dictionaries[0]?.dir ?? "";
	return { dictionaries, dictionary, choose };
}

/** How the open circuit, or the trace panel, reads dictionaries. */
function readingOf(): { readonly conventions?: Conventions } {
	const { conventions } = currentModel();
	return conventions ? { conventions } : {};
}

function usePage(dictionary: string, asked: Asked, offset: number, gathered: string | null): FeaturePage | undefined {
	const [page, setPage] = useState<FeaturePage>();
	// biome-ignore lint/correctness/useExhaustiveDependencies: what was gathered changes what is known.
	useEffect(() => {
		if (dictionary === "") return;
		let current = true;
		const timer = setTimeout(
			() =>
				client
					.call("features.browse", { dictionary, ...readingOf(), ...asked, offset, limit: pageSize })
					.then((answer) => current && setPage(answer))
					.catch(reportError),
			asked.search === "" ? 0 : searchMs,
		);
		return () => {
			current = false;
			clearTimeout(timer);
		};
	}, [dictionary, asked, offset, gathered]);
	return page;
}

const columns = [
	{ sort: "feature", name: "Feature" },
	{ sort: "label", name: "Label" },
	{ sort: "frequency", name: "Fires on" },
	{ sort: "maxActivation", name: "Largest" },
] as const;

function Table({
	page,
	asked,
	chosen,
	onAsk,
	onChoose,
}: {
	readonly page: FeaturePage | undefined;
	readonly asked: Asked;
	readonly chosen: number | undefined;
	onAsk(part: Partial<Asked>): void;
	onChoose(feature: number): void;
}) {
	const Direction = asked.descending ? ArrowDown : ArrowUp;
	return (
		<div className="features-table">
			<table className="data-table">
				<thead>
					<tr>
						{columns.map(({ sort, name }) => (
							<th
								key={sort}
								scope="col"
								aria-sort={asked.sort === sort ? (asked.descending ? "descending" : "ascending") : "none"}
							>
								<button
									type="button"
									className="sort"
									onClick={() =>
										onAsk({ sort, descending: asked.sort === sort ? !asked.descending : sort !== "feature" })
									}
								>
									{name} {asked.sort === sort && <Direction size={12} aria-hidden />}
								</button>
							</th>
						))}
						<th scope="col">Raises</th>
						<th scope="col">Strongest context</th>
					</tr>
				</thead>
				<tbody>
					{page?.rows.map((row) => (
						<Row key={row.id} row={row} chosen={row.feature === chosen} onChoose={onChoose} />
					))}
				</tbody>
			</table>
			{page && page.total === 0 && (
				<p className="empty">
					{page.known === 0
						? "Nothing is known of these features yet. Gather activations over a text below."
						: "No feature fits. Search for another word, or look everywhere."}
				</p>
			)}
		</div>
	);
}

function Row({
	row,
	chosen,
	onChoose,
}: {
	readonly row: FeatureRow;
	readonly chosen: boolean;
	onChoose(feature: number): void;
}) {
	return (
		<tr data-chosen={chosen || undefined} onClick={() => onChoose(row.feature)}>
			<td>
				<button type="button" className="link mono" aria-pressed={chosen} onClick={() => onChoose(row.feature)}>
					{row.id}
				</button>
			</td>
			<td className="cut features-label" title={row.label ?? undefined}>
				{row.labelIsPublished ? <span className="published">{row.label}</span> : row.label}
			</td>
			<td className="number">{row.frequency > 0 ? `${(100 * row.frequency).toPrecision(2)}%` : "–"}</td>
			<td className="number">{row.maxActivation !== 0 ? formatNumber(row.maxActivation) : "–"}</td>
			<td className="features-words mono">{row.raises.slice(0, 3).map(showToken).join(" ")}</td>
			<td>{row.context && <Context as="div" context={row.context} most={row.maxActivation} />}</td>
		</tr>
	);
}

function Detail({
	dictionary,
	site,
	feature,
	gathered,
	onChoose,
}: {
	readonly dictionary: string;
	readonly site: string;
	readonly feature: number;
	/** The newest gathering. */
	readonly gathered: string | null;
	onChoose(feature: number): void;
}) {
	const [found, setFound] = useState<FeatureInspection>();
	const open = useDocument((state) => state.name !== null);
	// biome-ignore lint/correctness/useExhaustiveDependencies: what was gathered changes what is known.
	useEffect(() => {
		let current = true;
		client
			.call("features.inspect", { dictionary, ...readingOf(), feature, percentile: 99.99 })
			.then((answer) => current && setFound(answer))
			.catch(reportError);
		return () => {
			current = false;
		};
	}, [dictionary, feature, gathered]);
	if (found?.facts.feature !== feature) return <p className="faint">Reading …</p>;
	const id = `${site}.${feature}`;
	const pin = () => {
		pinFeatures([id]);
		showToast({ severity: "success", message: `${id} is on the pin tray.` });
	};
	return (
		<div className="inspector" data-feature={id}>
			<section>
				<div className="field-row">
					<h2 className="mono">{id}</h2>
					{open && (
						<IconButton label={`Pin ${id}`} onClick={pin}>
							<Pin />
						</IconButton>
					)}
				</div>
				<p className="faint">
					{found.facts.frequency > 0
						? `Fires on ${(100 * found.facts.frequency).toPrecision(2)}% of tokens, ${describeLargest(found.facts.maxActivation)}`
						: "Not seen active"}
					{found.threshold !== null &&
						` · ${found.facts.maxActivation < 0 ? "in size above" : "above"} ${formatNumber(found.threshold)} on 0.01% of them`}
				</p>
			</section>
			{found.published && found.published.explanations.length > 0 && (
				<PublishedSection
					id={id}
					published={found.published}
					circuit={null}
					page={`${neuronpediaUrl}/${found.published.source}/${feature}`}
				/>
			)}
			<Words facts={found.facts} />
			{found.coFiring.length > 0 && (
				<section>
					<h2 className="heading">Fires together with</h2>
					<ul className="rows">
						{found.coFiring.map(({ feature: other, count, overlap }) => (
							<li key={other}>
								<button type="button" className="link mono" onClick={() => onChoose(other)}>
									{site}.{other}
								</button>
								<span className="faint" title={`${count} tokens`}>
									{(100 * overlap).toFixed(0)}% of tokens shared
								</span>
							</li>
						))}
					</ul>
				</section>
			)}
		</div>
	);
}

/** Activations over a text: asked for here, stored for good, taken up where it was stopped. */
function Gather({ task }: { readonly task: Task<"collect"> | undefined }) {
	const sample = useSession((state) => state.app?.reference.sample ?? "");
	const [corpus, setCorpus] = useState(sample);
	const [maxLength, setMaxLength] = useState(128);
	const [millions, setMillions] = useState(0);
	const live = isLive(task);
	const asked: TaskAsked = {
		kind: "collect",
		request: {
			...currentModel(),
			corpus,
			maxLength,
			...(millions > 0 && { maxTokens: Math.round(millions * 1e6) }),
		},
	};
	return (
		<div className="features-gather">
			<Disclosure label="Gather activations over a text">
				<CorpusField value={corpus} onChange={setCorpus} />
				<NumberField
					label="Tokens of a sequence"
					hint="Longer documents are parted."
					value={maxLength}
					min={2}
					max={4096}
					onChange={setMaxLength}
				/>
				<NumberField
					label="Stop after, in millions of tokens"
					hint="0 reads all of it."
					value={millions}
					min={0}
					max={100_000}
					step="any"
					onChange={setMillions}
				/>
				<TaskForecast asked={corpus.trim() === "" ? undefined : asked} />
				<div className="field-row">
					<Button
						variant="primary"
						disabled={live || corpus.trim() === ""}
						onClick={() => startTask(asked)}
						data-gather
					>
						{live ? "Gathering …" : "Gather"}
					</Button>
					{task?.state === "done" && task.result && (
						<span className="faint">
							{task.result.tokens.toLocaleString("en")} tokens, {task.result.activations.toLocaleString("en")}{" "}
							activations
							{task.result.notes.length > 0 && ` · ${task.result.notes.join(" ")}`}
						</span>
					)}
				</div>
			</Disclosure>
			<TaskProgress task={task} name="Gathering" />
		</div>
	);
}
