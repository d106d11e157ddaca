import { Search } from "lucide-react";
import { useState } from "react";
import { closeDialog } from "../actions/workspace-store.ts";
import { useNewestTask } from "../tasks/tasks.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { FeatureDetail } from "./FeatureDetail.tsx";
import { FeatureTable } from "./FeatureTable.tsx";
import { type FeatureSearch, pageSize, useDictionaries, useFeaturePage } from "./feature-queries.ts";
import { GatherForm } from "./GatherForm.tsx";
import "./features.css";

const usualSearch: FeatureSearch = { search: "", by: "all", sort: "maxActivation", descending: true };

/** All features of a dictionary: searched by token, context or label, sorted, and looked into. */
export function FeatureBrowser() {
	const { dictionaries, dictionary, choose } = useDictionaries();
	const [search, setSearch] = useState<FeatureSearch>(usualSearch);
	const [offset, setOffset] = useState(0);
	const [chosen, setChosen] = useState<number>();
	const task = useNewestTask("collect");
	const gathered = task?.state === "done" ? task.id : null;
	const page = useFeaturePage(dictionary, search, offset, gathered);
	const ask = (part: Partial<FeatureSearch>) => {
		setSearch((before) => ({ ...before, ...part }));
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
						<SearchFields search={search} onAsk={ask} />
					</div>
					<FeatureTable page={page} asked={search} chosen={chosen} onAsk={ask} onChoose={setChosen} />
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
					<GatherForm task={task} />
				</div>
				<div className="features-detail">
					{chosen !== undefined && page ? (
						<FeatureDetail
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

function SearchFields({
	search,
	onAsk,
}: {
	readonly search: FeatureSearch;
	onAsk(part: Partial<FeatureSearch>): void;
}) {
	return (
		<>
			<label className="features-search">
				<Search size={14} aria-hidden />
				<input
					className="input"
					aria-label="Search features"
					placeholder="Search by token, context or label"
					value={search.search}
					onChange={({ target }) => onAsk({ search: target.value })}
				/>
			</label>
			<SelectField
				label="Where to search"
				value={search.by}
				options={[
					{ value: "all", label: "Everywhere" },
					{ value: "token", label: "Tokens" },
					{ value: "context", label: "Contexts" },
					{ value: "label", label: "Labels" },
				]}
				onChange={(by) => onAsk({ by })}
			/>
		</>
	);
}
