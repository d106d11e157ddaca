import { nameProvider } from "#shared/describe-trace";
import type { BackgroundWork } from "#shared/labels";
import { isWish, tracedBy } from "#shared/trace-request";
import { openDialog } from "./actions/workspace-store.ts";
import { Legend } from "./canvas/Legend.tsx";
import { useCatalogue } from "./document/catalogue-store.ts";
import { useDocument } from "./document/document-store.ts";
import { useSession } from "./document/session-store.ts";
import { showBytes, showTime } from "./ui/amounts.ts";

/** Where things run, and that nothing is lost. */
export function StatusBar() {
	const { connection, app, jobs, settings, background } = useSession();
	const { run, saving, name } = useDocument();
	const asked = tracedBy(run?.request)?.provider ?? "cpu";
	const unmet = run && run.providerFallback !== null && isWish(asked) ? asked : undefined;
	const lost = connection.status !== "open";
	const running = jobs.find(({ state }) => state === "running");
	const waiting = jobs.filter(({ state }) => state === "waiting").length;
	return (
		<footer className="status">
			<span role="status">
				<span className="status-dot" data-lost={lost || undefined} />
				<span className={lost ? undefined : "status-word"}>
					{lost ? "Connection lost; trying again. What you change is kept and sent then." : "Engine ready"}
					{!lost && isWish(settings.provider) && (
						<span className="status-wide">, wanted on {nameProvider(settings.provider)}</span>
					)}
				</span>
			</span>
			{run && run.provider !== "" && (
				<span data-minor title={run.providerFallback ?? undefined}>
					Last run on {nameProvider(run.provider)}
					{unmet !== undefined && `, not on ${nameProvider(unmet)} as asked`}
				</span>
			)}
			{running && !lost && (
				<span>
					{running.progress?.step ?? "Starting"} {waiting > 0 && `· ${waiting} waiting`}
				</span>
			)}
			{!running && !lost && <Quietly {...background} />}
			{!lost && <Downloading />}
			<span className="grow" />
			{name !== null && <Legend />}
			<span className="grow" />
			{app && name === null && <span>{showBytes(app.memoryBytes)} of memory</span>}
			{run && <span data-minor>Run of {showTime(run.startedAt)}</span>}
			{name !== null && <span data-saved={saving === 0}>{saving > 0 ? "Keeping changes …" : "All changes kept"}</span>}
		</footer>
	);
}

/** What is gathered where nothing is known; it waits for everything else. */
function Quietly({ contexts, labels }: BackgroundWork) {
	const parts = [
		...(contexts > 0 ? [`contexts of ${contexts.toLocaleString("en")} features`] : []),
		...(labels > 0 ? [`labels of ${labels.toLocaleString("en")} from Neuronpedia`] : []),
	];
	if (parts.length === 0) return null;
	return (
		<span className="faint" title="In the background. The settings switch it off.">
			Gathering {parts.join(" and ")}
		</span>
	);
}

/** Downloads go on while something else is looked at. */
function Downloading() {
	const running = useCatalogue(({ downloads }) => downloads).filter(({ state }) => state === "running");
	if (running.length === 0) return null;
	const bytes = running.reduce((sum, { progress }) => sum + (progress?.bytes ?? 0), 0);
	const total = running.reduce((sum, { progress }) => sum + (progress?.totalBytes ?? 0), 0);
	return (
		<button type="button" className="link" onClick={() => openDialog("library", "catalogue")}>
			Downloading{total > 0 && ` ${Math.floor((100 * bytes) / total)}% of ${showBytes(total)}`}
		</button>
	);
}
