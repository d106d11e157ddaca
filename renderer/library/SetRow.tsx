import { ChevronRight, Download } from "lucide-react";
import { useId, useState } from "react";
import { fetchPublished } from "../document/catalogue-store.ts";
import { showBytes } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
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
				<strong className="cut" title={item.title}>
					{item.title}
				</strong>
				<span className="faint">{item.layers}</span>
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
	const wanted = item.options.filter(({ key, here }) => chosen.includes(key) && !here);
	const missing = item.options.filter(({ here }) => !here);
	const bytes = wanted.reduce((sum, option) => sum + option.bytes, 0);
	const tooLarge = freeBytes !== null && bytes > freeBytes;
	const usable = item.options.some(({ here }) => here);
	const toggle = ({ key }: ItemOption) =>
		setChosen(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
	return (
		<div className="shelf-body" id={id}>
			<p className="faint">
				{item.sites} · {item.rule} · {item.licence} · <span className="mono">{item.repos.join(", ")}</span>
			</p>
			<div
				className="shelf-options"
				role="group"
				aria-label={item.by === "layer" ? "Layers to fetch" : "Widths to fetch"}
			>
				{item.options.map((option) => (
					<button
						key={option.key}
						type="button"
						className="shelf-option"
						disabled={option.here}
						aria-pressed={option.here || chosen.includes(option.key)}
						data-here={option.here || undefined}
						title={`${showBytes(option.bytes)}${option.here ? ", on this computer" : option.broken ? ", here in part" : ""}`}
						onClick={() => toggle(option)}
					>
						{option.label}
					</button>
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
				<span className={tooLarge || item.refusal !== null ? "field-error grow" : "faint grow"}>
					{item.refusal !== null
						? `It cannot be fetched here: ${item.refusal}.`
						: wanted.length === 0
							? missing.length === 0
								? "Everything of it is on this computer."
								: item.by === "layer"
									? "Choose layers."
									: "Choose widths."
							: `Needs ${showBytes(bytes)}${freeBytes === null ? "" : ` of ${showBytes(freeBytes)} that are free`}.`}
				</span>
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
