import { type DialogName, useWorkspace } from "./actions/workspace-store.ts";
import { CircuitsDialog } from "./circuits/CircuitsDialog.tsx";
import { DeleteDialog } from "./circuits/DeleteDialog.tsx";
import { BranchDialog, RenameDialog } from "./circuits/NameDialogs.tsx";
import { ClusterDialog } from "./cluster/ClusterDialog.tsx";
import { ExportDataDialog } from "./exchange/ExportDataDialog.tsx";
import { ExportDialog } from "./export/ExportDialog.tsx";
import { FeatureBrowser } from "./features/FeatureBrowser.tsx";
import { LabelsDialog } from "./labels/LabelsDialog.tsx";
import { LibraryDialog } from "./library/LibraryDialog.tsx";
import { PinYamlDialog } from "./pins/PinYamlDialog.tsx";
import { ResponseDialog } from "./response/ResponseDialog.tsx";
import { AboutDialog, ShortcutsDialog } from "./settings/HelpDialogs.tsx";
import { PaletteDialog } from "./settings/PaletteDialog.tsx";
import { SettingsDialog } from "./settings/SettingsDialog.tsx";
import { SteerDialog } from "./steer/SteerDialog.tsx";
import { SuggestDialog } from "./supernodes/SuggestDialog.tsx";
import { ConfigDialog } from "./trace/ConfigDialog.tsx";
import { MeasureDialog } from "./train/MeasureDialog.tsx";
import { TrainDialog } from "./train/TrainDialog.tsx";
import { ValidateDialog } from "./validate/ValidateDialog.tsx";

const dialogs: Readonly<Record<DialogName, () => React.ReactNode>> = {
	palette: PaletteDialog,
	library: LibraryDialog,
	settings: SettingsDialog,
	shortcuts: ShortcutsDialog,
	about: AboutDialog,
	circuits: CircuitsDialog,
	rename: RenameDialog,
	branch: BranchDialog,
	delete: DeleteDialog,
	"pin-yaml": PinYamlDialog,
	"suggest-groups": SuggestDialog,
	response: ResponseDialog,
	validate: ValidateDialog,
	steer: SteerDialog,
	features: FeatureBrowser,
	train: TrainDialog,
	measure: MeasureDialog,
	clusters: ClusterDialog,
	config: ConfigDialog,
	export: ExportDialog,
	"export-data": ExportDataDialog,
	labels: LabelsDialog,
};

/** The dialog that is open, if any. */
export function Dialogs() {
	const dialog = useWorkspace((state) => state.dialog);
	if (dialog === null) return null;
	const Open = dialogs[dialog];
	return <Open />;
}
