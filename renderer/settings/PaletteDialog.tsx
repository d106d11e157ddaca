import { actions } from "../actions/actions.ts";
import { showKeys } from "../actions/shortcuts.ts";
import { closeDialog } from "../actions/workspace-store.ts";
import { openCircuit } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { showTime } from "../ui/amounts.ts";
import { CommandDialog } from "../ui/CommandDialog.tsx";

/** Every action and every circuit, found by typing. */
export function PaletteDialog() {
	const circuits = useSession((state) => state.circuits);
	const groups = [...Map.groupBy(actions, ({ group }) => group)].map(([heading, members]) => ({
		heading,
		entries: members.map(({ id, title, keys, enabled, run }) => ({
			id,
			title,
			keys: keys?.[0] === undefined ? undefined : showKeys(keys[0]),
			disabled: enabled?.() === false,
			run,
		})),
	}));
	const stored = circuits.slice(0, 200).map(({ name, updatedAt }) => ({
		id: `circuit ${name}`,
		title: name,
		hint: showTime(updatedAt),
		run: () => void openCircuit(name),
	}));
	return (
		<CommandDialog
			label="All commands"
			placeholder="What do you want to do?"
			nothing="There is no command or circuit of that name."
			groups={stored.length > 0 ? [...groups, { heading: "Circuits", entries: stored }] : groups}
			onClose={closeDialog}
		/>
	);
}
