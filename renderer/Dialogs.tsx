import { type DialogName, useWorkspace } from "./actions/workspace-store.ts";
import { BranchDialog, CircuitsDialog, DeleteDialog, GroupDialog, RenameDialog } from "./CircuitDialogs.tsx";
import { CompareDialog } from "./history/CompareDialog.tsx";
import { LibraryDialog } from "./library/LibraryDialog.tsx";
import { PinYamlDialog } from "./pins/PinYamlDialog.tsx";
import { ResponseDialog } from "./response/ResponseDialog.tsx";
import { AboutDialog, ShortcutsDialog } from "./settings/HelpDialogs.tsx";
import { PaletteDialog } from "./settings/PaletteDialog.tsx";
import { SettingsDialog } from "./settings/SettingsDialog.tsx";

const dialogs: Readonly<Record<DialogName, () => React.ReactNode>> = {
	palette: PaletteDialog,
	library: LibraryDialog,
	settings: SettingsDialog,
	shortcuts: ShortcutsDialog,
	about: AboutDialog,
	circuits: CircuitsDialog,
	compare: CompareDialog,
	rename: RenameDialog,
	branch: BranchDialog,
	delete: DeleteDialog,
	group: GroupDialog,
	"pin-yaml": PinYamlDialog,
	response: ResponseDialog,
};

/** The dialog that is open, if any. */
export function Dialogs() {
	const dialog = useWorkspace((state) => state.dialog);
	if (dialog === null) return null;
	const Open = dialogs[dialog];
	return <Open />;
}
