import { useWorkspace } from "./actions/workspace-store.ts";
import { useSession } from "./document/session-store.ts";
import { TipProvider } from "./ui/Tip.tsx";
import { Toasts } from "./ui/Toasts.tsx";
import { Workspace } from "./Workspace.tsx";
import "./app.css";

/** The window, or why there is none. */
export function App() {
	const connection = useSession((state) => state.connection);
	const ready = useWorkspace((state) => state.ready);
	return (
		<TipProvider delayDuration={400}>
			{connection.status === "failed" ? (
				<main className="cover">
					<h1>The app cannot start</h1>
					<p>{connection.failure.message}</p>
				</main>
			) : ready ? (
				<Workspace />
			) : (
				<Skeleton />
			)}
			<Toasts />
		</TipProvider>
	);
}

/** The window before the first answers are here, in the places where things will be. */
function Skeleton() {
	return (
		<div className="app" aria-busy="true">
			<header className="top">
				<span className="app-name">Sparse Circuit Discovery</span>
			</header>
			<aside className="side-left" aria-label="Trace" />
			<main className="middle" aria-label="Circuit">
				<p className="connecting faint">Connecting …</p>
			</main>
			<footer className="status" />
		</div>
	);
}
