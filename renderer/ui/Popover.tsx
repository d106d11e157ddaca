import { Popover as Pop } from "radix-ui";
import type { ReactNode } from "react";

interface PopoverProps {
	readonly label: string;
	/** The button that opens it. */
	readonly button: ReactNode;
	readonly children: ReactNode;
}

/** Fields behind a button, where there is no room for them beside it. */
export function Popover({ label, button, children }: PopoverProps) {
	return (
		<Pop.Root>
			<Pop.Trigger asChild>{button}</Pop.Trigger>
			<Pop.Portal>
				<Pop.Content className="popover" aria-label={label} align="start" sideOffset={4} collisionPadding={8}>
					{children}
				</Pop.Content>
			</Pop.Portal>
		</Pop.Root>
	);
}
