import { create } from "zustand";

/** A message that comes up and goes again. Errors stay until they are closed. */
export interface Toast {
	readonly id: number;
	readonly severity: "info" | "success" | "warning" | "error";
	readonly message: string;
	/** For those who want to know more. */
	readonly details?: string;
	/** The next step, as a button. */
	readonly action?: { readonly label: string; run(): void };
	/** Until whoever showed it closes it. */
	readonly stays?: boolean;
}

export const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

const shownMs = 6000;
let count = 0;

/** Returns its number, to close it by. */
export function showToast(toast: Omit<Toast, "id">): number {
	const id = ++count;
	useToasts.setState(({ toasts }) => ({
		// The same message twice says nothing more.
		toasts: [...toasts.filter((one) => one.message !== toast.message), { ...toast, id }].slice(-5),
	}));
	if (toast.severity !== "error" && !toast.stays) setTimeout(() => closeToast(id), shownMs);
	return id;
}

export function closeToast(id: number): void {
	useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
