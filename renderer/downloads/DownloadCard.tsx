import { CircleCheck, X } from "lucide-react";
import type { Download } from "#shared/contract/catalogue";
import { cancelDownload, dismissDownload, pauseDownload, resumeDownload } from "../document/catalogue-store.ts";
import { useSession } from "../document/session-store.ts";
import { showBytes, showSeconds } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import "./downloads.css";

/** One download: how far, how fast, how long, and what can be done with it. */
export function DownloadCard({ download, bare = false }: { readonly download: Download; readonly bare?: boolean }) {
	const { id, title, state, progress, failure } = download;
	// What it last said is old then: it may have stopped, and nothing that is pressed is heard.
	const lost = useSession(({ connection }) => connection.status !== "open");
	const share = progress && progress.totalBytes > 0 ? progress.bytes / progress.totalBytes : 0;
	return (
		<div className="download" data-download={state} data-bare={bare || undefined}>
			<div className="download-head">
				{!bare && (
					<strong className="cut grow" title={title}>
						{title}
					</strong>
				)}
				{state === "done" && (
					<span className="download-done">
						<CircleCheck aria-hidden /> On this computer
					</span>
				)}
				{state === "done" && !bare && (
					<IconButton label="Remove from the list (the files stay)" onClick={() => dismissDownload(id)}>
						<X />
					</IconButton>
				)}
			</div>
			{state !== "done" && (
				<>
					<div
						className="progress"
						role="progressbar"
						aria-label={`Download of ${title}`}
						aria-valuenow={Math.floor(100 * share)}
						aria-valuemin={0}
						aria-valuemax={100}
					>
						<div style={{ width: `${100 * share}%` }} />
					</div>
					<div className="download-line">
						<DownloadFigures download={download} lost={lost} />
						<span className="download-actions">
							{state === "running" ? (
								<Button variant="quiet" disabled={lost} onClick={() => pauseDownload(id)}>
									Pause
								</Button>
							) : (
								<Button disabled={lost} onClick={() => resumeDownload(id)}>
									{state === "failed" ? "Try again" : "Resume"}
								</Button>
							)}
							<Button variant="quiet" disabled={lost} onClick={() => cancelDownload(id)}>
								Cancel
							</Button>
						</span>
					</div>
				</>
			)}
			{failure && state === "failed" && (
				<p className="field-error" role="alert">
					{failure.message}
				</p>
			)}
		</div>
	);
}

function DownloadFigures({
	download: { state, progress },
	lost,
}: {
	readonly download: Download;
	readonly lost: boolean;
}) {
	const runs = state === "running" && !lost;
	if (!progress)
		return <span className="faint grow">{lost ? "Connection lost" : runs ? "Asking the hub …" : "Not begun"}</span>;
	const { bytes, totalBytes, bytesPerSecond, secondsLeft, step, files, totalFiles } = progress;
	return (
		<span className="grow download-figures">
			<span>
				{showBytes(bytes)} of {showBytes(totalBytes)}
				{state === "paused" && " · paused"}
				{lost && " · connection lost"}
				{runs && bytesPerSecond > 0 && ` · ${showBytes(bytesPerSecond)}/s`}
				{runs && secondsLeft !== undefined && ` · ${showSeconds(secondsLeft)} left`}
			</span>
			<span className="faint cut" title={step}>
				{files} of {totalFiles} files{runs && ` · ${step}`}
			</span>
		</span>
	);
}
