import { KeyRound } from "lucide-react";
import { useState } from "react";
import type { NeuronpediaStatus } from "#shared/labels";
import { client } from "../bridge/connection.ts";
import { reportError, saveSettings, useSession } from "../document/session-store.ts";
import { useAnswer } from "../document/use-call.ts";
import { Button } from "../ui/Button.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import "./labels.css";

const states: Readonly<Record<NeuronpediaStatus["key"], string>> = {
	none: "No key is set. Most of Neuronpedia answers without one.",
	environment: "A key comes from NEURONPEDIA_API_KEY.",
	stored: "A key is kept in the system’s secret store.",
	session: "A key is set until the program ends.",
};

/** What may go out, with which key, and what the engine does when it has nothing else to do. */
export function LabelSettings() {
	const settings = useSession((state) => state.settings);
	const [changed, setStatus] = useState<NeuronpediaStatus>();
	const status = useAnswer("neuronpedia.status", changed ? undefined : {}) ?? changed;
	const [key, setKey] = useState("");
	const [problem, setProblem] = useState<string>();
	const keep = () => {
		client
			.call("neuronpedia.setKey", { key })
			.then((now) => {
				setStatus(now);
				setProblem(undefined);
			})
			.catch((error: Error) => setProblem(error.message));
		// It is nowhere in this page from here on.
		setKey("");
	};
	const forget = () => client.call("neuronpedia.forgetKey", {}).then(setStatus).catch(reportError);
	return (
		<>
			<div className="field">
				<SwitchField
					label="Ask Neuronpedia for features on the screen"
					checked={settings.neuronpedia}
					onChange={(neuronpedia) => saveSettings({ neuronpedia })}
				/>
				<span className="field-hint">
					Sends feature numbers and names of published dictionaries to www.neuronpedia.org. Off, nothing goes out unless
					you press a button that says so.
				</span>
			</div>
			<form
				className="field"
				onSubmit={(event) => {
					event.preventDefault();
					if (key.trim() !== "") keep();
				}}
			>
				<label className="field-label" htmlFor="neuronpedia-key">
					Key for Neuronpedia
				</label>
				<div className="corpus-field">
					<input
						id="neuronpedia-key"
						className="input mono"
						type="password"
						autoComplete="off"
						spellCheck={false}
						placeholder={status && status.key !== "none" ? "Another key" : "From your account there"}
						value={key}
						aria-invalid={problem !== undefined}
						onChange={({ target }) => setKey(target.value)}
					/>
					<Button type="submit" disabled={key.trim() === ""}>
						Set
					</Button>
					{(status?.key === "stored" || status?.key === "session") && <Button onClick={forget}>Forget</Button>}
				</div>
				{problem !== undefined && (
					<p className="field-error" role="alert">
						{problem}
					</p>
				)}
				{status && (
					<span className="field-hint key-state" role="status">
						<KeyRound size={13} aria-hidden />
						{states[status.key]}
						{!status.canStore &&
							status.key !== "environment" &&
							" This system keeps no secrets for us, so a key lasts until the end."}
					</span>
				)}
			</form>
			<div className="field">
				<SwitchField
					label="Gather contexts and check dictionaries in the background"
					checked={settings.backgroundContexts}
					onChange={(backgroundContexts) => saveSettings({ backgroundContexts })}
				/>
				<span className="field-hint">
					Where nothing is known of a feature on the screen, a sample text is read for it, and dictionaries that a trace
					used are measured once. Traces go first.
				</span>
			</div>
		</>
	);
}
