import { useState } from "react";
import { AppError } from "#shared/errors";
import { readPinYaml, writePinYaml } from "#shared/pin-yaml";
import { closeDialog } from "../actions/workspace-store.ts";
import { replacePins } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { YamlField } from "../ui/YamlField.tsx";

/** Pins as the seed's YAML: to copy from, to paste into. */
export function PinYamlDialog() {
	const pins = useDerived((state) => state.document.pins);
	const ids = pins.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
	const [text, setText] = useState(ids.length > 0 ? writePinYaml(ids) : "");
	const [problem, setProblem] = useState<string>();
	const apply = () => {
		try {
			replacePins(readPinYaml(text), "Paste pins");
			closeDialog();
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			setProblem(error.message);
		}
	};
	return (
		<DialogFrame
			title="Pins as YAML"
			lead="The form of the seed's central_config.yaml: features of the residual stream by layer. Features of other sites are written by their ids."
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Cancel</Button>
					<Button variant="primary" onClick={apply} disabled={text.trim() === ""}>
						Put on the tray
					</Button>
				</>
			}
		>
			<YamlField
				rows={9}
				placeholder={"VALIDATION_DIMS_PINNED:\n  8: [13202, 331]\n  9: [mlp_9.7998]"}
				value={text}
				problem={problem}
				onChange={(changed) => {
					setText(changed);
					setProblem(undefined);
				}}
			/>
		</DialogFrame>
	);
}
