import { ChevronRight, Download } from "lucide-react";
import { useId, useState } from "react";
import { fetchPublished, useCatalogue } from "../document/catalogue-store.ts";
import { fetchingWords, findFetching } from "../downloads/fetching.ts";
import { showBytes } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { Tip } from "../ui/Tip.tsx";
import { type CatalogueItem, type ItemOption, requestOptions } from "./catalogue-items.ts";
import { takeItem } from "./take-published.ts";

/** A release or a bundle: what it is, what of it is here, and which layers to fetch. */
export function SetRow({ item, freeBytes }: { readonly item: CatalogueItem; readonly freeBytes: number | null }) {
	const [open, setOpen] = useState(false);
	const body = useId();
	const here = item.options.filter((option) => option.here).length;
	return (
		<li className="shelf-set" data-set={item.key}>
			<button
				type="button"
				className="shelf-row"
				aria-expanded={open}
				aria-controls={open ? body : undefined}
				onClick={() => setOpen(!open)}
			>
				<ChevronRight size={14} aria-hidden className="shelf-chevron" />
				<strong>{item.title}</strong>
				<span className="faint" title={item.layersHint}>
					{item.layers}
				</span>
				<span className="faint shelf-number">{item.features}</span>
				<span className="faint">{item.kind}</span>
				<span className="faint shelf-number">{showBytes(item.bytes)}</span>
				<span className={here > 0 ? "shelf-here" : "faint"}>
					{here === 0
						? "not here"
						: here === item.options.length
							? "all here"
							: `${here} of ${item.options.length} here`}
				</span>
			</button>
			{open && <SetBody id={body} item={item} freeBytes={freeBytes} />}
		</li>
	);
}

function SetBody({
	id,
	item,
	freeBytes,
}: {
	readonly id: string;
	readonly item: CatalogueItem;
	readonly freeBytes: number | null;
}) {
	const [chosen, setChosen] = useState<readonly string[]>([]);
	const downloads = useCatalogue((state) => state.downloads);
	const stateOf = ({ here, parts }: ItemOption) =>
		here ? "here" : parts.map((part) => findFetching(downloads, part)).find((one) => one !== undefined)?.state;
	const missing = item.options.filter((option) => stateOf(option) === undefined);
	const wanted = missing.filter(({ key }) => chosen.includes(key));
	const coming = item.options.length - missing.length > item.options.filter(({ here }) => here).length;
	const bytes = wanted.reduce((sum, option) => sum + option.bytes, 0);
	const tooLarge = freeBytes !== null && bytes > freeBytes;
	const usable = item.options.some(({ here }) => here);
	const say = () => {
		if (item.refusal !== null) return `It cannot be fetched here: ${item.refusal}.`;
		if (wanted.length > 0)
			return `Needs ${showBytes(bytes)}${freeBytes === null ? "" : ` of ${showBytes(freeBytes)} that are free`}.`;
		if (missing.length > 0) return item.by === "layer" ? "Choose layers." : "Choose widths.";
		return coming ? "The rest is being fetched; see above." : "Everything of it is on this computer.";
	};
	const toggle = ({ key }: ItemOption) =>
		setChosen(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
	return (
		<div className="shelf-body" id={id}>
			<p className="faint">
				Named <span className="mono">{item.name}</span> on the command line ·{" "}
				<span title={item.sitesHint}>{item.sites}</span> · {item.rule} · {item.licence} ·{" "}
				<span className="mono">{item.repos.join(", ")}</span>
			</p>
			{item.shifted !== undefined && (
				<p className="faint">
					Here the stream is numbered by the block that writes it, in these names by the block that reads it:{" "}
					<span className="mono">{item.shifted}</span>.
				</p>
			)}
			<div
				className="shelf-options"
				role="group"
				aria-label={item.by === "layer" ? "Layers to fetch" : "Widths to fetch"}
			>
				{item.options.map((option) => (
					<OptionChip
						key={option.key}
						option={option}
						state={stateOf(option)}
						chosen={chosen.includes(option.key)}
						onToggle={() => toggle(option)}
					/>
				))}
				{missing.length > 1 && (
					<Button
						variant="quiet"
						onClick={() => setChosen(wanted.length === missing.length ? [] : missing.map(({ key }) => key))}
					>
						{wanted.length === missing.length ? "None" : "All"}
					</Button>
				)}
			</div>
			<div className="shelf-go">
				<span className={tooLarge || item.refusal !== null ? "field-error grow" : "faint grow"}>{say()}</span>
				{usable && <Button onClick={() => takeItem(item)}>Use</Button>}
				<Button
					variant="primary"
					disabled={wanted.length === 0 || tooLarge || item.refusal !== null}
					onClick={() => {
						fetchPublished(requestOptions(wanted));
						setChosen([]);
					}}
				>
					<Download aria-hidden />
					Download
				</Button>
			</div>
		</div>
	);
}

/** One layer, or one width: what it is called where it was trained, and whether it is here, comes, or is to be fetched. */
function OptionChip({
	option: { label, bytes, broken, hooks },
	state,
	chosen,
	onToggle,
}: {
	readonly option: ItemOption;
	readonly state: "here" | keyof typeof fetchingWords | undefined;
	readonly chosen: boolean;
	onToggle(): void;
}) {
	const taken = state !== undefined;
	const stands =
		state === "here" ? "on this computer" : state ? fetchingWords[state] : broken ? "here in part" : undefined;
	return (
		<Tip
			label={
				<span className="shelf-tip">
					{hooks.map((hook) => (
						<span key={hook} className="mono">
							{hook}
						</span>
					))}
					<span>
						{showBytes(bytes)}
						{stands !== undefined && `, ${stands}`}
					</span>
				</span>
			}
		>
			{/* It stays in reach of the keyboard where there is nothing to choose, so that it can be read. */}
			<button
				type="button"
				className="shelf-option"
				aria-disabled={taken || undefined}
				aria-pressed={taken || chosen}
				data-state={state}
				onClick={() => !taken && onToggle()}
			>
				{label}
			</button>
		</Tip>
	);
}
