import { useDerived } from "../document/derived-store.ts";

/** What the signs mean. */
export function Legend() {
	return (
		<div
			className="legend"
			role="img"
			aria-label="Legend: solid raises, dashed lowers; attention round, MLP square, residual diamond, error dotted."
		>
			<span>
				<svg width="24" height="8" aria-hidden>
					<path d="M0 4h24" stroke="var(--raise)" strokeWidth="2" />
				</svg>
				raises
			</span>
			<span>
				<svg width="24" height="8" aria-hidden>
					<path d="M0 4h24" stroke="var(--lower)" strokeWidth="2" strokeDasharray="5 3" />
				</svg>
				lowers
			</span>
			<span>
				<svg width="10" height="10" aria-hidden>
					<circle cx="5" cy="5" r="4" fill="var(--kind-attn)" />
				</svg>
				attention
			</span>
			<span>
				<svg width="10" height="10" aria-hidden>
					<rect x="1" y="1" width="8" height="8" fill="var(--kind-mlp)" />
				</svg>
				MLP
			</span>
			<span>
				<svg width="10" height="10" aria-hidden>
					<path d="M5 0 10 5 5 10 0 5z" fill="var(--kind-resid)" />
				</svg>
				residual
			</span>
			<span>
				<svg width="10" height="10" aria-hidden>
					<circle
						cx="5"
						cy="5"
						r="4"
						fill="none"
						stroke="var(--kind-error)"
						strokeWidth="1.5"
						strokeDasharray="1.5 1.5"
					/>
				</svg>
				error
			</span>
		</div>
	);
}

/** What a person hid, so that it is not forgotten. */
export function HiddenNote() {
	const { left } = useDerived((state) => state.filtered);
	const parts = [
		left.hidden > 0 ? `${left.hidden} hidden by you` : "",
		left.errors > 0 ? `${left.errors} errors hidden` : "",
	].filter((part) => part !== "");
	if (parts.length === 0) return null;
	return (
		<div className="canvas-status">
			<span data-left>{parts.join(" · ")}</span>
		</div>
	);
}
