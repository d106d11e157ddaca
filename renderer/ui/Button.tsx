import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Tip } from "./Tip.tsx";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
	readonly variant?: "primary" | "quiet" | "danger";
	readonly large?: boolean;
	readonly pressed?: boolean;
}

export function Button({ variant, large, pressed, ...rest }: ButtonProps) {
	return (
		<button
			type="button"
			className="button"
			data-variant={variant}
			data-large={large || undefined}
			aria-pressed={pressed}
			{...rest}
		/>
	);
}

interface IconButtonProps extends Omit<ButtonProps, "title" | "children" | "large"> {
	/** What it does: read out, and shown when the pointer rests on it. */
	readonly label: string;
	readonly keys?: string | undefined;
	readonly children: ReactNode;
}

export function IconButton({ label, keys, variant = "quiet", pressed, children, ...rest }: IconButtonProps) {
	return (
		<Tip label={label} keys={keys}>
			<button
				type="button"
				className="button"
				data-variant={variant}
				data-icon
				aria-label={label}
				aria-pressed={pressed}
				{...rest}
			>
				{children}
			</button>
		</Tip>
	);
}
