import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from "lucide-react";
import { Button, IconButton } from "./Button.tsx";
import { closeToast, type Toast, useToasts } from "./toast-store.ts";

const icons = { error: CircleAlert, warning: TriangleAlert, info: Info, success: CircleCheck } as const;

export function Toasts() {
	const toasts = useToasts((state) => state.toasts);
	return (
		<section className="toasts" aria-label="Messages" aria-live="polite">
			{toasts.map((toast) => (
				<ToastCard key={toast.id} toast={toast} />
			))}
		</section>
	);
}

function ToastCard({ toast: { id, severity, message, details, action } }: { readonly toast: Toast }) {
	const Icon = icons[severity];
	return (
		<div className="toast" data-severity={severity} role={severity === "error" ? "alert" : "status"}>
			<Icon aria-hidden />
			<div className="toast-message">{message}</div>
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
