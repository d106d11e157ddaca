import type { ReactNode } from "react";

/** A name, and beside it what chooses; for what has no input of its own to which a label could belong. */
export function FieldRow({ label, children }: { readonly label: string; readonly children: ReactNode }) {
	return (
		<div className="field-row">
			<span className="field-label">{label}</span>
			{children}
		</div>
	);
}
