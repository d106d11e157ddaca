const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A token's bytes as text for people: whole characters as they are, parts of characters as `\xe2\x80`. */
export function showTokenBytes(bytes: Uint8Array): string {
	let text = "";
	for (let i = 0; i < bytes.length; ) {
		const lead = bytes[i] as number;
		const length = characterLength(lead);
		const character = lead < 0x80 ? String.fromCharCode(lead) : decodeCharacter(bytes.subarray(i, i + length), length);
		text += character ?? `\\x${lead.toString(16)}`;
		i += character === undefined ? 1 : length;
	}
	return text;
}

/** Bytes of the character that begins with this one; 0 for one that begins none. */
function characterLength(lead: number): number {
	if (lead < 0x80) return 1;
	if (lead < 0xc0) return 0;
	if (lead < 0xe0) return 2;
	return lead < 0xf0 ? 3 : 4;
}

function decodeCharacter(bytes: Uint8Array, length: number): string | undefined {
	if (length === 0 || bytes.length < length) return undefined;
	try {
		return strict.decode(bytes);
	} catch {
		return undefined;
	}
}
