import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./Button.tsx";

interface DialogFrameProps {
	readonly title: string;
	/** One sentence under the title. */
	readonly lead?: string;
	/** In pixels. */
	readonly width?: number;
	readonly children: ReactNode;
	readonly foot?: ReactNode;
	onClose(): void;
}

/** A dialog that is open as long as it is there. */
export function DialogFrame({ title, lead, width = 560, children, foot, onClose }: DialogFrameProps) {
	return (
		<Dialog.Root open onOpenChange={(open) => !open && onClose()}>
			<Dialog.Portal>
				<Dialog.Overlay className="veil" />
				<Dialog.Content
					className="dialog"
					style={{ ["--dialog-width" as string]: `${width}px` }}
					// The first field, or the dialog itself: on its closing button the focus would open a tip.
					onOpenAutoFocus={(event) => {
						event.preventDefault();
						const content = event.currentTarget as HTMLElement;
						(content.querySelector<HTMLElement>(".dialog-body :is(input, textarea)") ?? content).focus({
							preventScroll: true,
						});
					}}
					{...(lead === undefined && { "aria-describedby": undefined })}
				>
					<div className="dialog-head">
						<Dialog.Title className="dialog-title">{title}</Dialog.Title>
						<IconButton label="Close" onClick={onClose}>
							<X />
						</IconButton>
					</div>
					{lead !== undefined && <Dialog.Description className="dialog-lead">{lead}</Dialog.Description>}
					<div className="dialog-body" tabIndex={0}>
						{children}
					</div>
					{foot && <div className="dialog-foot">{foot}</div>}
				</Dialog.Content>
			</Dialog.Portal>
		</Dialog.Root>
	);
}
