import { X } from "lucide-react";
import { nodeStyle } from "#shared/drawing/node-style";
import { showToken } from "#shared/drawing/svg-text";
import { parseNodeId } from "#shared/node-id";
import { movePin, unpinFeatures } from "../document/commands.ts";
import { useFacts } from "../document/facts-store.ts";
import { useNames } from "../document/names.ts";
import { IconButton } from "../ui/Button.tsx";
import { showPinned } from "./show-pinned.ts";

interface PinChipProps {
	readonly id: string;
	readonly before: string | undefined;
	/** The one that follows the next. */
	readonly after: string | null;
	readonly last: boolean;
}

const shownTokens = 3;

/** A pinned feature: what it is called, and tokens that it raises. */
export function PinChip({ id, before, after, last }: PinChipProps) {
	const { text, kind } = useNames()(id);
	const raises = useFacts((state) => state.facts.get(id)?.raises) ?? [];
	const ref = parseNodeId(id);
	const tokens = raises.slice(0, shownTokens).map(({ token }) => showToken(token));
	const words = kind === "id" ? id : `${id}: ${text}`;
	return (
		<li
			className="pin"
			draggable
			onDragStart={(event) => event.dataTransfer.setData("text/x-pin", id)}
			onDragOver={(event) => event.preventDefault()}
			onDrop={(event) => {
				const moved = event.dataTransfer.getData("text/x-pin");
				if (moved !== "") movePin(moved, id);
				event.stopPropagation();
				event.preventDefault();
			}}
		>
			<button
				type="button"
				className="pin-card"
				data-kind={ref.kind === "feature" ? nodeStyle({ kind: "feature", site: ref.site.kind }) : "token"}
				data-pin={id}
				title={`${words}${tokens.length > 0 ? `. Raises ${tokens.join(" ")}` : ""}. Alt with arrows moves it, Delete removes it.`}
				onClick={() => showPinned([id], text)}
				onKeyDown={(event) => {
					if (event.key === "Delete" || event.key === "Backspace") unpinFeatures([id]);
					else if (event.altKey && event.key === "ArrowUp" && before !== undefined) movePin(id, before);
					else if (event.altKey && event.key === "ArrowDown" && !last) movePin(id, after);
					else return;
					event.preventDefault();
					event.stopPropagation();
				}}
			>
				<span className="pin-name cut" data-name={kind}>
					{text}
				</span>
				<span className="pin-more">
					{kind !== "id" && <span className="faint mono">{id}</span>}
					{tokens.map((token) => (
						<span key={token} className="pin-token">
							{token}
						</span>
					))}
				</span>
			</button>
			<IconButton label={`Unpin ${id}`} onClick={() => unpinFeatures([id])}>
				<X />
			</IconButton>
		</li>
	);
}
