import type { ReactNode } from "react";
import { tooSmallToDivide } from "#shared/ratio";
import type { Figure } from "#shared/validation";

interface ItemProps {
	readonly name: string;
	readonly hint: string;
	readonly value: string;
	readonly note?: string;
}

/** One figure with its name, and what it means on hover. */
export function Item({ name, hint, value, note }: ItemProps) {
	return (
		<div title={hint}>
			<dt>{name}</dt>
			<dd>{value}</dd>
			{note !== undefined && <span className="faint">{note}</span>}
		</div>
	);
}

interface ShareProps {
	readonly name: string;
	readonly hint: string;
	readonly figure: Partial<Figure> | null | undefined;
	/** One text: nothing can be drawn again. */
	readonly isSingle?: boolean;
	/** Said where there is no figure; else that its denominator may be zero. */
	readonly missing?: string;
}

/** A share with its interval, or why there is none. */
export function Share({ name, hint, figure, isSingle = false, missing = tooSmallToDivide }: ShareProps) {
	if (figure?.value === undefined) return <Item name={name} hint={hint} value="–" note={missing} />;
	return <Item name={name} hint={hint} value={showShare(figure.value)} note={noteOf(figure.interval, isSingle)} />;
}

export const showShare = (share: number): string => share.toFixed(3);

const noteOf = (interval: Figure["interval"] | undefined, isSingle: boolean): string =>
	isSingle || !interval ? "one text: no interval" : `95%: ${interval.map((end) => end.toFixed(2)).join(" to ")}`;

/** A score with its heading and what it means in plain words. */
export function ScoreSection({
	title,
	words,
	name,
	children,
}: {
	readonly title: string;
	readonly words: ReactNode;
	/** For tests and links. */
	readonly name: string;
	readonly children: ReactNode;
}) {
	return (
		<section data-score={name}>
			<h3 className="heading">{title}</h3>
			<p className="validation-words">{words}</p>
			{children}
		</section>
	);
}
