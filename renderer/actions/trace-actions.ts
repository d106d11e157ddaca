import type { Titled } from "./action.ts";
import { hasCircuit, isMeasured } from "./conditions.ts";
import { onlySelected, selectedFeatures, traceFrom } from "./selection.ts";
import { openDialog } from "./workspace-store.ts";

/** Of what is computed. */
export const traceActions: readonly Titled[] = [
	{
		id: "trace-upstream",
		title: "Trace upstream from here",
		keys: ["U"],
		enabled: () => isMeasured() && onlySelected() !== undefined,
		run: () => traceFrom("upstream"),
	},
	{
		id: "trace-downstream",
		title: "Trace downstream from here",
		keys: ["D"],
		enabled: () => isMeasured() && onlySelected() !== undefined,
		run: () => traceFrom("downstream"),
	},
	{
		id: "respond",
		title: "Ablate or scale: response curve",
		keys: ["A"],
		enabled: () => isMeasured() && selectedFeatures().length > 0,
		run: respond,
	},
	{
		id: "steer",
		title: "Steer: write on with features changed…",
		keys: ["S"],
		run: () => openDialog("steer"),
	},
	{
		id: "validate",
		title: "Validate the pinned features…",
		keys: ["Shift+V"],
		enabled: hasCircuit,
		run: () => openDialog("validate"),
	},
	{
		id: "features",
		title: "Browse features…",
		keys: ["Shift+F"],
		run: () => openDialog("features"),
	},
	{ id: "labels", title: "Labels from Neuronpedia…", run: () => openDialog("labels") },
	{ id: "clusters", title: "Clusters of token positions…", run: () => openDialog("clusters") },
	{ id: "train", title: "Train a dictionary…", run: () => openDialog("train") },
	{ id: "measure", title: "Compare dictionaries…", run: () => openDialog("measure") },
	{
		id: "config",
		title: "Settings from central_config.yaml…",
		run: () => openDialog("config"),
	},
];

/** At its position where one is selected, wherever it is active where several positions are. */
function respond(): void {
	const [feature] = selectedFeatures();
	const subject = onlySelected() ?? feature;
	if (subject !== undefined) openDialog("response", subject);
}
