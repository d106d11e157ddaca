import { CircleCheck, Download, TriangleAlert } from "lucide-react";
import type { CatalogueModelRow, CatalogueTextRow } from "#shared/contract/catalogue";
import { fetchPublished, useCatalogue } from "../document/catalogue-store.ts";
import { chooseModel } from "../document/trace-form.ts";
import { DownloadCard } from "../downloads/DownloadCard.tsx";
import { fetchingWords, findFetching, type Wanted } from "../downloads/fetching.ts";
import { showBytes } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { groupItems } from "./catalogue-items.ts";
import { SetRow } from "./SetRow.tsx";
import "./catalogue.css";

/** Published models and dictionaries: what they are, what of them is here, and fetching the rest. */
export function CatalogueTab() {
	const { catalogue, downloads } = useCatalogue();
	if (!catalogue) return <p className="faint">Reading the catalogue …</p>;
	const { models, texts, freeBytes, cache } = catalogue;
	return (
		<div className="shelf">
			<p className="faint shelf-cache">
				{freeBytes !== null && <>{showBytes(freeBytes)} are free in </>}
				<span className="mono" title="The Hugging Face cache, which Python shares">
					{cache}
				</span>
			</p>
			{downloads.length > 0 && (
				<section aria-label="Downloads" className="downloads">
					{downloads.map((download) => (
						<DownloadCard key={download.id} download={download} />
					))}
				</section>
			)}
			<section aria-label="Models">
				<h3 className="heading">Language models</h3>
				<ul className="shelf-list">
					{models.map((model) => (
						<ModelRow key={model.name} model={model} freeBytes={freeBytes} />
					))}
				</ul>
			</section>
			{models.map((model) => {
				const groups = groupItems(catalogue, model.name);
				return groups.map(({ title, items }) => (
					<section key={`${model.name} ${title}`} aria-label={title}>
						<h3 className="heading">
							{model.title} · {title}
						</h3>
						<ul className="shelf-list">
							{items.map((item) => (
								<SetRow key={item.key} item={item} freeBytes={freeBytes} />
							))}
						</ul>
					</section>
				));
			})}
			<section aria-label="Sample texts">
				<h3 className="heading">Sample texts, over which features are shown that nothing else is known of</h3>
				<ul className="shelf-list">
					{texts.map((text) => (
						<TextRow key={text.name} text={text} />
					))}
				</ul>
			</section>
		</div>
	);
}

function TextRow({ text: { name, title, bytes, licence, repo, path } }: { readonly text: CatalogueTextRow }) {
	return (
		<li className="shelf-model" data-text={name}>
			<span className="grow">
				<strong>{title}</strong>{" "}
				<span className="faint">
					{showBytes(bytes)} · {licence} · <span className="mono">{repo}</span>
				</span>
			</span>
			{path !== null ? (
				<span className="download-done">
					<CircleCheck aria-hidden /> here, and read
				</span>
			) : (
				<FetchButton wanted={{ text: name }} onFetch={() => fetchPublished({ models: [], sets: [], texts: [name] })} />
			)}
		</li>
	);
}

function ModelRow({ model, freeBytes }: { readonly model: CatalogueModelRow; readonly freeBytes: number | null }) {
	const { name, title, layers, width, parameters, bytes, licence, repo, path, missing } = model;
	const fetching = useCatalogue(({ downloads }) => findFetching(downloads, { model: name }) !== undefined);
	const tooLarge = freeBytes !== null && bytes > freeBytes;
	return (
		<li className="shelf-model" data-model={name}>
			<span className="grow">
				<strong>{title}</strong>{" "}
				<span className="faint">
					{layers} layers × {width} · {Math.round(parameters / 1e6)} M · {showBytes(bytes)} · {licence} ·{" "}
					<span className="mono">{repo}</span>
				</span>
				{missing.length > 0 && !fetching && (
					<span className="shelf-broken">
						<TriangleAlert aria-hidden /> Here in part: {missing.join(", ")} {missing.length > 1 ? "are" : "is"} missing
						or cut off. Download fetches the rest.
					</span>
				)}
				{tooLarge && path === null && !fetching && (
					<span className="field-error">More than the {showBytes(freeBytes)} that are free.</span>
				)}
			</span>
			{path !== null ? (
				<>
					<span className="download-done">
						<CircleCheck aria-hidden /> here
					</span>
					<Button onClick={() => chooseModel(path)}>Use</Button>
				</>
			) : (
				<FetchButton
					wanted={{ model: name }}
					disabled={tooLarge}
					onFetch={() => fetchPublished({ models: [name], sets: [] })}
				/>
			)}
		</li>
	);
}

/** Fetches what is not being fetched. */
function FetchButton({
	wanted,
	disabled = false,
	onFetch,
}: {
	readonly wanted: Wanted;
	readonly disabled?: boolean;
	onFetch(): void;
}) {
	const state = useCatalogue(({ downloads }) => findFetching(downloads, wanted)?.state);
	if (state !== undefined) return <span className="faint shelf-state">{fetchingWords[state]}</span>;
	return (
		<Button disabled={disabled} onClick={onFetch}>
			<Download aria-hidden />
			Download
		</Button>
	);
}
