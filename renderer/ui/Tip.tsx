import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

interface TipProps {
	readonly label: ReactNode;
	/** Shortcut as it is shown. */
	readonly keys?: string | undefined;
	readonly side?: "top" | "bottom" | "left" | "right";
	readonly children: ReactNode;
}

/** A word about what the pointer or the focus rests on. */
export function Tip({ label, keys, side = "bottom", children }: TipProps) {
	return (
		<Tooltip.Root>
			<Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
			<Tooltip.Portal>
				<Tooltip.Content className="tooltip" side={side} sideOffset={6} collisionPadding={8}>
					{label}
					{keys !== undefined && <span className="kbd">{keys}</span>}
				</Tooltip.Content>
			</Tooltip.Portal>
		</Tooltip.Root>
	);
}

export const TipProvider = Tooltip.Provider;
