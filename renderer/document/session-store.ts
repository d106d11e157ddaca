import { create } from "zustand";
import type { Circuit } from "#shared/circuit";
import type { Job } from "#shared/contract/job";
import type { AppDescription, CircuitSummary, LibraryFolder } from "#shared/contract/results";
import { defaultSettings, type SettingsValues } from "#shared/contract/settings";
import type { Task } from "#shared/contract/task";
import type { DownloadRequest } from "#shared/download";
import { EdgeBuilder } from "#shared/edge-list";
import { AppError } from "#shared/errors";
import type { BackgroundWork } from "#shared/labels";
import { type ConnectionState, client, watchConnection } from "../bridge/connection.ts";
import { showToast } from "../ui/toast-store.ts";
import { findOffer } from "./download-offer.ts";

/** What belongs to the app and not to one circuit: who we speak to, settings, circuits, models, jobs. */
export interface SessionState {
	readonly connection: ConnectionState;
	readonly app: AppDescription | null;
	readonly settings: SettingsValues;
	readonly circuits: readonly CircuitSummary[];
	readonly library: readonly LibraryFolder[] | null;
	readonly jobs: readonly Job[];
	readonly tasks: readonly Task[];
	/** What goes on quietly. */
	readonly background: BackgroundWork;
}

export const useSession = create<SessionState>(() => ({
	connection: { status: "connecting" },
	app: null,
	settings: defaultSettings,
	circuits: [],
	library: null,
	jobs: [],
	tasks: [],
	background: { contexts: 0, labels: 0 },
}));

const set = useSession.setState;

async function refreshCircuits(): Promise<void> {
	set({ circuits: await client.call("circuits.list", {}) });
}

const listMs = 800;
let listTimer: ReturnType<typeof setTimeout> | undefined;

/** Once after many edits: the list counts every circuit's nodes and edges. */
function refreshCircuitsSoon(): void {
	if (listTimer !== undefined) return;
	listTimer = setTimeout(() => {
		listTimer = undefined;
		refreshCircuits().catch(reportError);
	}, listMs);
}

async function refreshLibrary(): Promise<void> {
	set({ library: await client.call("library.list", {}) });
}

/** Shown at once, stored when it can be. */
export function saveSettings(change: Partial<SettingsValues>): void {
	set(({ settings }) => ({ settings: { ...settings, ...change } }));
	client.call("settings.save", change).catch(reportError);
}

/** Begins to fetch what a failure missed; the Library shows how far it is. */
function fetchMissing(request: DownloadRequest): void {
	client.call("downloads.start", { download: crypto.randomUUID(), request }).catch(reportError);
}

/** A toast with what happened and what to do. */
export function reportError(error: unknown): void {
	const known = error instanceof AppError;
	if (known && error.code === "cancelled") return;
	const message = error instanceof Error ? error.message : String(error);
	const offer = known ? findOffer(error) : undefined;
	showToast({
		severity: "error",
		...(offer && {
			action: { label: "Download it", run: () => fetchMissing(offer) },
		}),
		message: known ? message : "The page met a fault of its own. Load it again; everything is stored.",
		...(known ? {} : { details: message }),
	});
}

/** Reads everything anew: at the first connection and after each that was lost. */
async function refreshAll(): Promise<void> {
	const [app, settings, jobs, tasks, circuits] = await Promise.all([
		client.call("app.describe", {}),
		client.call("settings.load", {}),
		client.call("jobs.list", {}),
		client.call("tasks.list", {}),
		client.call("circuits.list", {}),
	]);
	found.clear();
	set({ app, settings, jobs, tasks, circuits });
	refreshLibrary().catch(reportError);
}

/** Begins to listen. `refreshed` is called after each time that everything was read anew. */
export function startSession(refreshed: () => void): void {
	watchConnection((connection) => {
		set({ connection });
		if (connection.status === "open") refreshAll().then(refreshed, reportError);
	});
	client.on("settings", (settings) => set({ settings }));
	client.on("circuits", () => void refreshCircuits().catch(reportError));
	client.on("circuit", refreshCircuitsSoon);
	client.on("library", () => void refreshLibrary().catch(reportError));
	client.on("job", (job) => set(({ jobs }) => ({ jobs: putJob(jobs, job) })));
	client.on("background", (background) => set({ background }));
	client.on("task", (task) =>
		set(({ tasks }) => ({
			tasks: tasks.some(({ id }) => id === task.id)
				? tasks.map((one) => (one.id === task.id ? task : one))
				: [...tasks, task],
		})),
	);
	client.on("task-gone", ({ id }) => set(({ tasks }) => ({ tasks: tasks.filter((task) => task.id !== id) })));
	client.on("job-gone", ({ id }) => {
		found.delete(id);
		set(({ jobs }) => ({ jobs: jobs.filter((job) => job.id !== id) }));
	});
	client.on("job-found", ({ id, nodes, edges, replaces }) => {
		if (replaces) found.delete(id);
		const join = (job: Job) => (replaces ? { nodes, edges } : addFound(job, { nodes, edges }));
		set(({ jobs }) => ({ jobs: jobs.map((job) => (job.id === id ? { ...job, partial: join(job) } : job)) }));
	});
}

/** Edges of traces that run: each part is added to what is there, and nothing is copied. */
const found = new Map<string, EdgeBuilder>();

function addFound({ id, partial }: Job, more: Circuit): Circuit {
	const known = found.get(id);
	const edges = known ?? new EdgeBuilder();
	if (!known && partial) edges.addAll(partial.edges);
	edges.addAll(more.edges);
	found.set(id, edges);
	return { nodes: [...(partial?.nodes ?? []), ...more.nodes], edges: edges.build() };
}

/** What it had found is kept while it runs, and is the circuit's own once it has ended. */
function putJob(jobs: readonly Job[], job: Job): readonly Job[] {
	const known = jobs.find(({ id }) => id === job.id);
	if (!known) return [...jobs, job];
	const runs = job.state === "waiting" || job.state === "running";
	const next = runs && known.partial ? { ...job, partial: known.partial } : job;
	return jobs.map((one) => (one.id === job.id ? next : one));
}
