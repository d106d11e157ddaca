import { AppError } from "#shared/errors";
import { readExactly } from "./file-reading.ts";

const blockBytes = 65_536;

/** Reads a stretch of a file from its front, a block at a time, never beyond its end. */
export interface ByteCursor {
	/** Of the next byte, from the beginning of the file. */
	position(): number;
	/** The next byte. Throws `bad-file` at the stretch's end. */
	byte(): number;
	/** A copy of the next `count` bytes. */
	take(count: number): Uint8Array;
	/** Text up to the next line feed, which is passed over. */
	line(): string;
}

/** `name` says in refusals what is read. */
export function openCursor(
	{ descriptor, path, name }: { readonly descriptor: number; readonly path: string; readonly name: string },
	from: number,
	end: number,
): ByteCursor {
	let block: Uint8Array = new Uint8Array(0);
	let start = from;
	let at = 0;
	const need = (count: number) => {
		if (start + at + count > end)
			throw new AppError(
				"bad-file",
				`${path} ends in the middle of ${name}, so it is cut short or damaged. Download it again.`,
				{ path },
			);
	};
	const byte = () => {
		if (at === block.length) {
			need(1);
			start += at;
			at = 0;
			block = readExactly(descriptor, start, new Uint8Array(Math.min(blockBytes, end - start)), path);
		}
		return block[at++] as number;
	};
	return {
		position: () => start + at,
		byte,
		take(count) {
			need(count);
			if (at + count <= block.length) {
				at += count;
				return block.slice(at - count, at);
			}
			const bytes = readExactly(descriptor, start + at, new Uint8Array(count), path);
			start += at + count;
			[block, at] = [new Uint8Array(0), 0];
			return bytes;
		},
		line() {
			const bytes: number[] = [];
			for (let next = byte(); next !== 10; next = byte()) {
				if (bytes.length === 1000)
					throw new AppError(
						"bad-file",
						`${path} holds no sound pickle: a name of over 1000 letters. Choose another.`,
						{
							path,
						},
					);
				bytes.push(next);
			}
			return Buffer.from(bytes).toString("utf8");
		},
	};
}
