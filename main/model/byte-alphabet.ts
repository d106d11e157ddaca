/** GPT-2's printable stand-in for each byte (Radford et al. 2019), by byte. */
export const byteAlphabet: readonly string[] = (() => {
	const printable = (byte: number) =>
		(byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
	let next = 256;
	return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

const bytesOfLetters = new Map(byteAlphabet.map((letter, byte) => [letter, byte]));

/** The bytes that a token of a byte-level vocabulary stands for; a letter outside the alphabet stands for itself. */
export function decodeByteLetters(token: string): Uint8Array {
	const bytes: number[] = [];
	for (const letter of token) {
		const byte = bytesOfLetters.get(letter);
		if (byte === undefined) bytes.push(...new TextEncoder().encode(letter));
		else bytes.push(byte);
	}
	return Uint8Array.from(bytes);
}

/** Bytes as text for people: whole characters as they are, parts of characters as `\xe2`. */
export function showBytes(bytes: Uint8Array): string {
	let text = "";
	for (let i = 0; i < bytes.length; ) {
		const lead = bytes[i] as number;
		const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
		const character = length > 0 && i + length <= bytes.length ? decodeCharacter(bytes.subarray(i, i + length)) : undefined;
		text += character ?? `\\x${lead.toString(16).padStart(2, "0")}`;
		i += character === undefined ? 1 : length;
	}
	return text;
}

function decodeCharacter(bytes: Uint8Array): string | undefined {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return undefined;
	}
}
