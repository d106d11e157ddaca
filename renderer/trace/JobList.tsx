import { X } from "lucide-react";
import type { Job } from "#shared/contract/job";
import { nameProvider } from "#shared/describe-trace";
import { isInterruption } from "#shared/errors";
import { isWish } from "#shared/trace-request";
import { openDialog } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { fetchPublished } from "../document/catalogue-store.ts";
import { openCircuit, useDocument } from "../document/document-store.ts";
import { findOffer } from "../document/download-offer.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { startTrace } from "../document/trace-form.ts";
import { count, showSeconds } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";

const isLive = ({ state }: Job) => state === "running" || state === "waiting";

/** Traces that run or wait. */
export function LiveJobs() {
	const jobs = useSession((state) => state.jobs).filter(isLive);
	return jobs.length > 0 && <JobList label="Running traces" jobs={jobs} />;
}

/** Those that have ended. */
export function EndedJobs() {
	const jobs = useSession((state) => state.jobs).filter((job) => !isLive(job));
	return (
		jobs.length > 0 && (
			<section>
				<h2 className="heading">Runs</h2>
				<JobList label="Traces" jobs={jobs.toReversed()} />
			</section>
		)
	);
}

function JobList({ label, jobs }: { readonly label: string; readonly jobs: readonly Job[] }) {
	return (
		<ul className="jobs" aria-label={label}>
			{jobs.map((job) => (
				<JobCard key={job.id} job={job} />
			))}
		</ul>
	);
}

/** Where it was cut off; what was asked wrongly is not mended by asking again. */
function canResume({ state, failure }: Job): boolean {
	if (state === "cancelled") return true;
	return state === "failed" && failure !== undefined && isInterruption(failure.code);
}

function JobCard({ job }: { readonly job: Job }) {
	const { id, circuit, request, state, progress, failure, outcome } = job;
	const offer = failure && state === "failed" ? findOffer(failure) : undefined;
	const open = useDocument(({ name }) => name === circuit);
	const share = progress ? progress.done / Math.max(1, progress.total) : 0;
	const dismiss = () => client.call("jobs.dismiss", { job: id }).catch(reportError);
	const cancel = () => client.call("jobs.cancel", { job: id }).catch(reportError);
	return (
		<li className="job" data-state={state}>
			<div className="job-head">
				<strong className="cut grow" title={request.prompt}>
					{circuit}
				</strong>
				{isLive(job) ? (
					<Button variant="quiet" onClick={cancel}>
						Cancel
					</Button>
				) : (
					<IconButton label="Remove from the list" onClick={dismiss}>
						<X />
					</IconButton>
				)}
			</div>
			{state === "waiting" && <span className="faint">Waits for the trace before it</span>}
			{state === "running" && (
				<>
					<div
						className="progress"
						role="progressbar"
						aria-label={`Trace of ${circuit}`}
						aria-valuenow={Math.round(100 * share)}
						aria-valuemin={0}
						aria-valuemax={100}
					>
						<div style={{ width: `${100 * share}%` }} />
					</div>
					<div className="job-line">
						<span className="cut">{progress?.step ?? "Starting"}</span>
						<span className="faint">
							{progress?.secondsLeft !== undefined ? `${showSeconds(progress.secondsLeft)} left` : ""}
						</span>
					</div>
				</>
			)}
			{state === "cancelled" && (
				<span className="faint">Cancelled. What was finished is reused when it is traced again.</span>
			)}
			{failure && state === "failed" && <p className="field-error">{failure.message}</p>}
			{outcome && (
				<div className="job-line">
					<span>
						{outcome.addedNodes === 0 && outcome.addedEdges === 0
							? "Nothing new"
							: `+${count(outcome.addedNodes, "node")}, +${count(outcome.addedEdges, "edge")}`}
					</span>
					<span className="faint">
						{outcome.seconds.toFixed(1)} s on {nameProvider(outcome.provider)}
					</span>
				</div>
			)}
			{outcome?.providerFallback !== undefined && isWish(request.provider) && (
				<details className="field-hint">
					<summary>Why not on {nameProvider(request.provider)}</summary>
					{outcome.providerFallback}
				</details>
			)}
			{outcome && outcome.skipped.length > 0 && (
				<span className="field-hint">Left out: {outcome.skipped.map(({ reason }) => reason).join(" ")}</span>
			)}
			<div className="job-actions">
				{offer && (
					<Button
						onClick={() => {
							fetchPublished(offer);
							openDialog("library", "catalogue");
						}}
					>
						Download it
					</Button>
				)}
				{canResume(job) && (
					<Button
						onClick={() => {
							dismiss();
							startTrace(request, circuit);
						}}
					>
						Resume
					</Button>
				)}
				{!open && state !== "failed" && state !== "cancelled" && (
					<Button onClick={() => openCircuit(circuit)}>Show</Button>
				)}
			</div>
		</li>
	);
}
