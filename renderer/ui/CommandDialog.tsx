import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useState } from "react";
import { rankEntry } from "./rank-entry.ts";

export interface CommandEntry {
	readonly id: string;
	readonly title: string;
	readonly keys?: string | undefined;
	readonly hint?: string;
	readonly disabled?: boolean;
	run(): void;
}

interface CommandDialogProps {
	readonly label: string;
	readonly placeholder: string;
	readonly nothing: string;
	readonly groups: readonly { readonly heading: string; readonly entries: readonly CommandEntry[] }[];
	onClose(): void;
}

/** A list that typing narrows down; Enter does what is chosen. */
export function CommandDialog({ label, placeholder, nothing, groups, onClose }: CommandDialogProps) {
	const choose = (run: () => void) => {
		onClose();
		// Once the dialog has given the focus back.
		requestAnimationFrame(run);
	};
	const [typed, setTyped] = useState("");
	const shown = typed.trim() === "" ? groups : [{ heading: "", entries: findEntries(groups, typed) }];
	return (
		<Dialog.Root open onOpenChange={(open) => !open && onClose()}>
			<Dialog.Portal>
				<Dialog.Overlay className="veil" />
				<Dialog.Content className="dialog palette" style={{ top: "38%" }} aria-describedby={undefined}>
					<Dialog.Title className="visually-hidden">{label}</Dialog.Title>
					<Command label={label} shouldFilter={false}>
						<Command.Input placeholder={placeholder} value={typed} onValueChange={setTyped} />
						<Command.List>
							<Command.Empty>{nothing}</Command.Empty>
							{shown.map(({ heading, entries }) => (
								<Command.Group key={heading} heading={heading || undefined}>
									{entries.map(({ id, title, keys, hint, disabled, run }) => (
										<Command.Item
											key={id}
											value={`${title} ${id}`}
											disabled={disabled ?? false}
											onSelect={() => choose(run)}
										>
											{title}
											{hint !== undefined && <span className="faint">{hint}</span>}
											{keys !== undefined && <span className="kbd">{keys}</span>}
										</Command.Item>
									))}
								</Command.Group>
							))}
						</Command.List>
					</Command>
				</Dialog.Content>
			</Dialog.Portal>
		</Dialog.Root>
	);
}

/** What fits, the best first, whatever its group. */
function findEntries(groups: CommandDialogProps["groups"], typed: string): readonly CommandEntry[] {
	const rank = ({ title, id }: CommandEntry) => rankEntry(`${title} ${id}`, typed);
	return groups
		.flatMap(({ entries }) => entries)
		.filter((entry) => rank(entry) > 0)
		.sort((a, b) => rank(b) - rank(a));
}
