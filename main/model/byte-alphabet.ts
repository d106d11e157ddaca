/** GPT-2's printable stand-in for each byte (Radford et al. 2019), by byte. */
export const byteAlphabet: readonly string[] = (() => {
	const printable = (byte: number) =>
		(byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
	let next = 256;
	return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

const bytesOfLetters = new Map(byteAlphabet.map((letter, byte) => [letter, byte]));

/** Text as a byte-level vocabulary spells it: one letter for each byte of its UTF-8. */
export function encodeByteLetters(text: string): string {
	return Array.from(new TextEncoder().encode(text), (byte) => byteAlphabet[byte]).join("");
}

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
