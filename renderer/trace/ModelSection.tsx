import { openDialog } from "../actions/workspace-store.ts";
import { useCatalogue } from "../document/catalogue-store.ts";
import { useSession } from "../document/session-store.ts";
import {
	changeForm,
	chooseModel,
	findLibraryModel,
	findSites,
	fitsModel,
	useTraceForm,
} from "../document/trace-form.ts";
import { Button } from "../ui/Button.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { ReadingFields } from "./ReadingFields.tsx";

export function ModelSection() {
	const { modelDir, setDirs } = useTraceForm();
	const library = useSession((state) => state.library);
	const models = (library ?? []).flatMap((folder) => folder.models);
	const sets = (library ?? []).flatMap((folder) => folder.sets);
	const model = findLibraryModel(library, modelDir);
	const fitting = sets.filter((set) => fitsModel(set, model));
	const { models: rows = [], sets: releases = [] } = useCatalogue(({ catalogue }) => catalogue) ?? {};
	const row = rows.find(({ path }) => path === modelDir);
	const published = row !== undefined && releases.some((release) => release.model === row.name);
	const nameOf = (dir: string) => dir.split(/[\\/]/).at(-1) ?? dir;
	return (
		<section>
			<h2 className="heading">Model</h2>
			<div className="field-row">
				<SelectField
					label="Model"
					value={modelDir}
					options={models.map(({ dir, name, title, parameters }) => ({
						value: dir,
						label: title ?? name,
						hint: `${(parameters / 1e6).toFixed(1)} M`,
					}))}
					onChange={chooseModel}
				/>
				<Button variant="quiet" onClick={() => openDialog("library")}>
					Library
				</Button>
			</div>
			<FieldRow label="Dictionaries">
				<span className="faint">{findSites(library, setDirs).length} sites</span>
			</FieldRow>
			<div className="set-list" role="group" aria-label="Dictionaries">
				{fitting.map(({ dir, title, dictionaries }) => (
					<label key={dir} className="set">
						<input
							type="checkbox"
							checked={setDirs.includes(dir)}
							onChange={({ target }) =>
								changeForm({ setDirs: target.checked ? [...setDirs, dir] : setDirs.filter((one) => one !== dir) })
							}
						/>
						<span className="cut" title={dir}>
							{title ?? nameOf(dir)}
						</span>
						<span className="faint mono">
							{dictionaries.length} × {dictionaries[0]?.features.toLocaleString("en")}
						</span>
					</label>
				))}
				{library !== null && fitting.length === 0 && (
					<div className="empty">
						None of the dictionaries on this computer fits this model.
						{published ? " Others have published some that do." : ""}
						<span className="empty-ways">
							{published && <Button onClick={() => openDialog("library", "catalogue")}>Catalogue</Button>}
							<Button onClick={() => openDialog("library")}>Add a folder</Button>
						</span>
					</div>
				)}
			</div>
			<ReadingFields />
		</section>
	);
}
