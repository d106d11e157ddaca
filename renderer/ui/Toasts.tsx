import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from "lucide-react";
import { count } from "./amounts.ts";
import { Button, IconButton } from "./Button.tsx";
import { closeAllToasts, closeToast, type Toast, useToasts } from "./toast-store.ts";

const icons = { error: CircleAlert, warning: TriangleAlert, info: Info, success: CircleCheck } as const;

const mostShown = 3;

export function Toasts() {
	const toasts = useToasts((state) => state.toasts);
	const earlier = toasts.length - mostShown;
	return (
		<section className="toasts" aria-label="Messages" aria-live="polite">
			{earlier > 0 && (
				<div className="toasts-more">
					<span>{count(earlier, "earlier message")}</span>
					<Button onClick={closeAllToasts}>Close all</Button>
				</div>
			)}
			{toasts.slice(-mostShown).map((toast) => (
				<ToastCard key={toast.id} toast={toast} />
			))}
		</section>
	);
}

function ToastCard({ toast: { id, severity, message, details, action, times } }: { readonly toast: Toast }) {
	const Icon = icons[severity];
	return (
		<div className="toast" data-severity={severity} role={severity === "error" ? "alert" : "status"}>
			<Icon aria-hidden />
			<div className="toast-message">
				{message}
				{times > 1 && <span className="toast-times" title={`It came ${times} times`}>{` ×${times}`}</span>}
			</div>
			<IconButton label="Close the message" onClick={() => closeToast(id)}>
				<X />
			</IconButton>
			{details !== undefined && (
				<details className="toast-details">
					<summary>Details</summary>
					<span className="mono">{details}</span>
				</details>
			)}
			{action && (
				<div className="toast-action">
					<Button
						onClick={() => {
							closeToast(id);
							action.run();
						}}
					>
						{action.label}
					</Button>
				</div>
			)}
		</div>
	);
}
