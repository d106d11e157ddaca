import { X } from "lucide-react";
import { showToken } from "#shared/drawing/svg-text";
import type { PinUnit } from "#shared/pinned";
import { findShared } from "#shared/supernode";
import { unpinFeatures } from "../document/commands.ts";
import { useNames } from "../document/names.ts";
import { useMembers } from "../supernodes/use-members.ts";
import { count } from "../ui/amounts.ts";
import { IconButton } from "../ui/Button.tsx";
import { showPinned } from "./show-pinned.ts";

const none: readonly string[] = [];

/** A supernode that is pinned as one: what it is called, and tokens that several of its features raise. */
export function SupernodeChip({ unit: { id, group, features } }: { readonly unit: PinUnit }) {
	const names = useNames();
	const members = useMembers(group?.members ?? none);
	const tokens = findShared(members)
		.raises.slice(0, 3)
		.map(({ text }) => showToken(text));
	const name = group?.name ?? id;
	return (
		<li className="pin">
			<button
				type="button"
				className="pin-card"
				data-kind="group"
				data-pin-group={id}
				title={`${features.map((feature) => names(feature).text).join(", ")}. Delete removes all of them.`}
				onClick={() => showPinned(group?.members ?? features, name)}
				onKeyDown={(event) => {
					if (event.key !== "Delete" && event.key !== "Backspace") return;
					unpinFeatures(features);
					event.preventDefault();
					event.stopPropagation();
				}}
			>
				<span className="pin-name cut" data-name="human">
					{name}
				</span>
				<span className="pin-more">
					<span className="faint">{count(features.length, "feature")}</span>
					{tokens.map((token) => (
						<span key={token} className="pin-token">
							{token}
						</span>
					))}
				</span>
			</button>
			<IconButton label={`Unpin ${name}`} onClick={() => unpinFeatures(features)}>
				<X />
			</IconButton>
		</li>
	);
}
