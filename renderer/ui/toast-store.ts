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
	/** How often it came since it was closed last. */
	readonly times: number;
}

export const useToasts = create<{ readonly toasts: readonly Toast[] }>(() => ({ toasts: [] }));

/** So that a longer message can be read, too. */
const shownMs = (message: string) => 4500 + 35 * message.length;
/** Of those that nobody closed the latest are kept; of them only a few are seen at once. */
const mostKept = 50;
let count = 0;

/** Returns its number, to close it by. */
export function showToast(toast: Omit<Toast, "id" | "times">): number {
	const id = ++count;
	useToasts.setState(({ toasts }) => {
		// The same message twice says nothing more than that it came again.
		const before = toasts.find(({ message }) => message === toast.message);
		const shown = { ...toast, id, times: (before?.times ?? 0) + 1 };
		return { toasts: [...toasts.filter((one) => one !== before), shown].slice(-mostKept) };
	});
	if (toast.severity !== "error" && !toast.stays) setTimeout(() => closeToast(id), shownMs(toast.message));
	return id;
}

/** All but those that say what goes on. */
export function closeAllToasts(): void {
	useToasts.setState(({ toasts }) => ({ toasts: toasts.filter(({ stays }) => stays) }));
}

export function closeToast(id: number): void {
	useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
