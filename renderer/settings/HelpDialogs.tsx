import { actions } from "../actions/actions.ts";
import { showKeys } from "../actions/shortcuts.ts";
import { closeDialog } from "../actions/workspace-store.ts";
import { useSession } from "../document/session-store.ts";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import "./settings.css";

const byHand = [
	["Move the view", "drag the ground, or scroll with two fingers"],
	["Zoom", "wheel, pinch, or + and −"],
	["Lasso", "drag the ground with Shift"],
	["Add to the selection", "click with Shift"],
	["Pin", "drag a node onto the tray"],
	["Walk along edges", "↑ ↓"],
	["Walk along the row", "← →"],
	["Move what is selected", "Shift with arrows"],
] as const;

/** The sheet of shortcuts. */
export function ShortcutsDialog() {
	const groups = [...Map.groupBy(actions, ({ group }) => group)];
	return (
		<DialogFrame title="Shortcuts" width={820} onClose={closeDialog}>
			<div className="sheet">
				<section>
					<h3 className="heading">On the canvas</h3>
					<ul>
						{byHand.map(([what, how]) => (
							<li key={what}>
								{what} <span className="faint">{how}</span>
							</li>
						))}
					</ul>
				</section>
				{groups.map(([group, members]) => (
					<section key={group}>
						<h3 className="heading">{group}</h3>
						<ul>
							{members
								.filter(({ keys }) => keys)
								.map(({ id, title, keys }) => (
									<li key={id}>
										{title}
										<span>
											{keys?.map((key) => (
												<kbd key={key} className="kbd">
													{showKeys(key)}
												</kbd>
											))}
										</span>
									</li>
								))}
						</ul>
					</section>
				))}
			</div>
		</DialogFrame>
	);
}

export function AboutDialog() {
	const app = useSession((state) => state.app);
	return (
		<DialogFrame
			title="Sparse Circuit Discovery"
			lead="Finds, shows, checks and prints circuits of sparse-autoencoder features in GPT-2-like language models. MIT licence."
			width={480}
			onClose={closeDialog}
		>
			<dl className="facts">
				<div>
					<dt>Version</dt>
					<dd className="mono">{app?.version}</dd>
				</div>
				{Object.entries(app?.versions ?? {}).map(([name, version]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd className="mono">{version}</dd>
					</div>
				))}
				<div>
					<dt>Runs on</dt>
					<dd className="mono">{app?.platform}</dd>
				</div>
				<div>
					<dt>Shown by</dt>
					<dd>{app?.host === "electron" ? "the desktop app" : "a browser, through loopback"}</dd>
				</div>
			</dl>
		</DialogFrame>
	);
}
