import { AppError } from "#shared/errors";
import type { TextLine } from "./corpus-text.ts";

/** How a text of prompts is written, for people. */
export const templateHelp =
	'a prompt a line; a line "{animal}: dog | cat" lists words for a slot, and prompts behind it such as "The {animal} that" are made with each';

const slotLine = /^\{(\w+)\}:(.*)$/;

/**
 * A prompt a line. A line `{name}: one | two` says what stands in a slot; every prompt behind it that has `{name}` is made
 * once for each, the last slot turning fastest. Words keep what is between the bars but for spaces at their ends.
 * Throws `bad-file` for a slot that nothing was listed for.
 */
export function expandTemplates(lines: readonly TextLine[], path: string): readonly string[] {
	const slots = new Map<string, readonly string[]>();
	const prompts: string[] = [];
	for (const { text, number } of lines) {
		const slot = slotLine.exec(text);
		if (slot) {
			const words = (slot[2] ?? "").split("|").map((word) => word.trim());
			slots.set(slot[1] as string, words);
		} else if (text.trim() !== "") prompts.push(...fillSlots(text, slots, `Line ${number} of ${path}`));
	}
	return prompts;
}

function fillSlots(template: string, slots: ReadonlyMap<string, readonly string[]>, place: string): readonly string[] {
	// A text without lists has braces of its own.
	if (slots.size === 0) return [template];
	const used = [...new Set([...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string))];
	const made = used.reduce<readonly string[]>(
		(sofar, name) => {
			const words = slots.get(name);
			if (!words)
				throw new AppError(
					"bad-file",
					`${place} has the slot {${name}}, and no line before it says what goes there. Write {${name}}: one | two.`,
					{ slot: name },
				);
			return sofar.flatMap((text) => words.map((word) => text.replaceAll(`{${name}}`, () => word)));
		},
		[template],
	);
	return made;
}
