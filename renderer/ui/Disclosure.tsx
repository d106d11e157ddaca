import { ChevronDown } from "lucide-react";
import { Collapsible } from "radix-ui";
import type { ReactNode } from "react";

/** What few need, behind a word. */
export function Disclosure({ label, children }: { readonly label: string; readonly children: ReactNode }) {
	return (
		<Collapsible.Root>
			<Collapsible.Trigger className="more">
				<ChevronDown size={14} aria-hidden />
				{label}
			</Collapsible.Trigger>
			<Collapsible.Content className="more-content">{children}</Collapsible.Content>
		</Collapsible.Root>
	);
}
