import { ContextMenu, DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export interface MenuEntry {
	readonly id: string;
	readonly label: string;
	readonly keys?: string | undefined;
	readonly icon?: ReactNode;
	readonly disabled?: boolean;
	run(): void;
}

/** Entries in groups, with a line between groups. */
export type MenuGroups = readonly (readonly MenuEntry[])[];

interface MenuProps {
	readonly groups: MenuGroups;
	readonly label: string;
	/** The button that opens it. */
	readonly children: ReactNode;
	readonly align?: "start" | "end";
}

export function Menu({ groups, label, children, align = "start" }: MenuProps) {
	return (
		<DropdownMenu.Root>
			<DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
			<DropdownMenu.Portal>
				<DropdownMenu.Content className="menu" aria-label={label} align={align} sideOffset={4} collisionPadding={8}>
					{groups
						.filter((group) => group.length > 0)
						.map((group, i) => (
							<div key={group[0]?.id} role="group">
								{i > 0 && <DropdownMenu.Separator className="menu-separator" />}
								{group.map((entry) => (
									<DropdownMenu.Item
										key={entry.id}
										className="menu-item"
										disabled={entry.disabled ?? false}
										onSelect={entry.run}
									>
										<Entry {...entry} />
									</DropdownMenu.Item>
								))}
							</div>
						))}
				</DropdownMenu.Content>
			</DropdownMenu.Portal>
		</DropdownMenu.Root>
	);
}

interface ContextProps {
	/** Asked when the menu opens. */
	groups(): MenuGroups;
	readonly label: string;
	readonly children: ReactNode;
}

export function Context({ groups, label, children }: ContextProps) {
	return (
		<ContextMenu.Root modal={false}>
			<ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
			<ContextMenu.Portal>
				<ContextMenu.Content className="menu" aria-label={label} collisionPadding={8}>
					<ContextEntries groups={groups} />
				</ContextMenu.Content>
			</ContextMenu.Portal>
		</ContextMenu.Root>
	);
}

function ContextEntries({ groups }: Pick<ContextProps, "groups">) {
	return groups()
		.filter((group) => group.length > 0)
		.map((group, i) => (
			<div key={group[0]?.id} role="group">
				{i > 0 && <ContextMenu.Separator className="menu-separator" />}
				{group.map((entry) => (
					<ContextMenu.Item
						key={entry.id}
						className="menu-item"
						disabled={entry.disabled ?? false}
						onSelect={entry.run}
					>
						<Entry {...entry} />
					</ContextMenu.Item>
				))}
			</div>
		));
}

function Entry({ icon, label, keys }: MenuEntry) {
	return (
		<>
			{icon}
			<span>{label}</span>
			{keys !== undefined && <span className="kbd">{keys}</span>}
		</>
	);
}
