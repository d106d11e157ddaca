import { FileUp } from "lucide-react";
import { useState } from "react";
import { AppError } from "#shared/errors";
import { describeUnknownKeys, readSeedConfig } from "#shared/seed-config";
import { closeDialog } from "../actions/workspace-store.ts";
import { replacePins } from "../document/commands.ts";
import { useDocument } from "../document/document-store.ts";
import { takeConfig } from "../document/trace-form.ts";
import { Button } from "../ui/Button.tsx";
import { chooseFile } from "../ui/choose-file.ts";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { showToast } from "../ui/toast-store.ts";
import { YamlField } from "../ui/YamlField.tsx";

/** The seed's settings into the trace panel, and its pins onto the tray. */
export function ConfigDialog() {
	const open = useDocument((state) => state.name !== null);
	const [text, setText] = useState("");
	const [problem, setProblem] = useState<string>();
	const apply = () => {
		try {
			const config = readSeedConfig(text);
			takeConfig(config);
			const pins = config.validationPins ?? config.pins;
			if (pins && open) replacePins(pins, "Pins from a configuration");
			const warning = describeUnknownKeys(config);
			if (warning !== undefined) showToast({ severity: "warning", message: warning });
			if (pins && !open)
				showToast({
					severity: "info",
					message: "Pins belong to a circuit. Open one and read the configuration again to pin them.",
				});
			closeDialog();
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			setProblem(error.message);
		}
	};
	return (
		<DialogFrame
			title="Settings from central_config.yaml"
			lead="The seed's file: layers, prompt, numbers of nodes, thresholds and pins. What it does not say stays as it is."
			width={640}
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Cancel</Button>
					<Button variant="primary" onClick={apply} disabled={text.trim() === ""}>
						Take over
					</Button>
				</>
			}
		>
			<div className="bench-form">
				<div className="field-row">
					<Button onClick={() => chooseFile(".yaml,.yml", async (file) => setText(await file.text()))}>
						<FileUp aria-hidden /> Open a file …
					</Button>
					<span className="faint">or paste it here</span>
				</div>
				<YamlField
					rows={14}
					placeholder={'ACTS_LAYERS_SLICE: "3:5"\nNUM_DOWN_NODES: 8\nNUM_UP_NODES: 5\nPROMPT: "Copyright (C"'}
					value={text}
					problem={problem}
					onChange={(changed) => {
						setText(changed);
						setProblem(undefined);
					}}
				/>
			</div>
		</DialogFrame>
	);
}
