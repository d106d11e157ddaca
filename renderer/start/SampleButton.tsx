import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";

interface SampleButtonProps {
	readonly children: ReactNode;
	readonly disabled: boolean;
	readonly className?: string;
	/** What it is called in tests and tips. */
	readonly sample?: string;
	readonly title?: string;
	onTrace(): void;
}

/** Something to trace at one press. */
export function SampleButton({ children, className, sample, onTrace, ...button }: SampleButtonProps) {
	return (
		<button
			type="button"
			className={className === undefined ? "sample" : `sample ${className}`}
			data-sample={sample}
			onClick={onTrace}
			{...button}
		>
			{children}
			<span className="sample-go">
				<ArrowRight size={14} aria-hidden />
				Trace
			</span>
		</button>
	);
}
