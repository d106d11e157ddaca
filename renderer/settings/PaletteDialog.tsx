import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { actions } from "../actions/actions.ts";
import { showKeys } from "../actions/shortcuts.ts";
import { closeDialog } from "../actions/workspace-store.ts";
import { openCircuit } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { showTime } from "../ui/amounts.ts";

/** Every action and every circuit, found by typing. */
export function PaletteDialog() {
	const circuits = useSession((state) => state.circuits);
	const groups = [...Map.groupBy(actions, ({ group }) => group)];
	const run = (action: () => void) => {
		closeDialog();
		// Once the dialog has given the focus back.
		requestAnimationFrame(action);
	};
	return (
		<Dialog.Root open onOpenChange={(open) => !open && closeDialog()}>
			<Dialog.Portal>
				<Dialog.Overlay className="veil" />
				<Dialog.Content className="dialog palette" style={{ top: "38%" }} aria-describedby={undefined}>
					<Dialog.Title className="visually-hidden">All commands</Dialog.Title>
					<Command label="Commands">
						<Command.Input placeholder="What do you want to do?" />
						<Command.List>
							<Command.Empty>There is no command or circuit of that name.</Command.Empty>
							{groups.map(([group, members]) => (
								<Command.Group key={group} heading={group}>
									{members.map(({ id, title, keys, enabled, run: act }) => (
										<Command.Item key={id} value={`${title} ${id}`} disabled={enabled?.() === false} onSelect={() => run(act)}>
											{title}
											{keys?.[0] !== undefined && <span className="kbd">{showKeys(keys[0])}</span>}
										</Command.Item>
									))}
								</Command.Group>
							))}
							{circuits.length > 0 && (
								<Command.Group heading="Circuits">
									{circuits.slice(0, 200).map(({ name, updatedAt }) => (
										<Command.Item key={name} value={`circuit ${name}`} onSelect={() => run(() => void openCircuit(name))}>
											{name}
											<span className="faint">{showTime(updatedAt)}</span>
										</Command.Item>
									))}
								</Command.Group>
							)}
						</Command.List>
					</Command>
				</Dialog.Content>
			</Dialog.Portal>
		</Dialog.Root>
	);
}
