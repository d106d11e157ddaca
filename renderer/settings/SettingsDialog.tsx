import { explainProvider, nameProvider } from "#shared/describe-trace";
import { closeDialog } from "../actions/workspace-store.ts";
import { saveSettings, useSession } from "../document/session-store.ts";
import { useAnswer } from "../document/use-call.ts";
import { LabelSettings } from "../labels/LabelSettings.tsx";
import { showBytes } from "../ui/amounts.ts";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Segments } from "../ui/Segments.tsx";
import "./settings.css";

const gigabyte = 1e9;

/** How the app looks and where it computes. Every change counts at once. */
export function SettingsDialog() {
	const { settings, app } = useSession();
	const providers = useAnswer("app.providers", {});
	const most = Math.max(1, Math.floor((app?.memoryBytes ?? 4e9) / gigabyte));
	const limit = settings.memoryLimitBytes;
	return (
		<DialogFrame title="Settings" lead="Changes count at once." width={600} onClose={closeDialog}>
			<div className="settings">
				<FieldRow label="Theme">
					<Segments
						label="Theme"
						value={settings.theme}
						options={[
							{ value: "system", label: "As the system" },
							{ value: "light", label: "Light" },
							{ value: "dark", label: "Dark" },
						]}
						onChange={(theme) => saveSettings({ theme })}
					/>
				</FieldRow>
				<FieldRow label="Colours of raising and lowering">
					<Segments
						label="Colours of raising and lowering"
						value={settings.colours}
						options={[
							{ value: "blue-red", label: "Blue, red" },
							{ value: "blue-orange", label: "Blue, orange" },
						]}
						onChange={(colours) => saveSettings({ colours })}
					/>
				</FieldRow>
				<FieldRow label="Size of letters">
					<div className="settings-slider">
						<RangeSlider
							labels={["Size of letters"]}
							values={[settings.fontScale]}
							min={0.8}
							max={1.6}
							step={0.05}
							valueText={(value) => `${Math.round(100 * value)}%`}
							onChange={([fontScale = 1]) => saveSettings({ fontScale })}
						/>
						<span className="mono">{Math.round(100 * settings.fontScale)}%</span>
					</div>
				</FieldRow>
				<FieldRow label="Compute on">
					<Segments
						label="Compute on"
						value={settings.provider}
						options={[
							{ value: "auto", label: "Best that works" },
							{ value: "cpu", label: "CPU" },
							{ value: "webgpu", label: "WebGPU" },
							{ value: "cuda", label: "CUDA" },
						]}
						onChange={(provider) => saveSettings({ provider })}
					/>
				</FieldRow>
				<ul className="providers">
					{providers === undefined && <li className="faint">Asking the engine what works here …</li>}
					{providers?.providers.map(({ name, works, reason }) => (
						<li key={name}>
							{works ? "It can compute on " : "It cannot compute on "}
							<strong>{nameProvider(name)}</strong>. {!works && explainProvider(reason ?? "")}
							{!works && reason !== undefined && (
								<details className="field-hint">
									<summary>What it says</summary>
									{reason}
								</details>
							)}
						</li>
					))}
				</ul>
				<FieldRow label="Memory limit">
					<div className="settings-slider">
						<RangeSlider
							labels={["Memory limit"]}
							values={[limit === null ? 0 : limit / gigabyte]}
							min={0}
							max={most}
							step={0.5}
							valueText={(value) => (value === 0 ? "chosen by the app" : `${value} GB`)}
							onChange={([value = 0]) => saveSettings({ memoryLimitBytes: value === 0 ? null : value * gigabyte })}
						/>
						<span className="mono">{limit === null ? "auto" : showBytes(limit)}</span>
					</div>
				</FieldRow>
				<LabelSettings />
				<div className="field">
					<span className="field-label">Everything is kept in</span>
					<span className="mono settings-path">{app?.databasePath}</span>
					<span className="field-hint">
						Start with --db FILE to keep it elsewhere. Copying this one file is a backup.
					</span>
				</div>
			</div>
		</DialogFrame>
	);
}
