import { assert } from "#shared/errors";
import type { FeatureContext, FeatureFacts, TokenEffect } from "#shared/feature-facts";

/** The words and numbers of a feature; the rest of its facts are columns. */
export type FactBody = Pick<FeatureFacts, "contexts" | "raises" | "lowers" | "histogram">;

/**
 * First byte of a packed body. Bodies of the first schema are deflated JSON, which cannot begin so: its low three bits
 * would announce a block of the reserved kind (RFC 1951, 3.2.3).
 */
const packedMark = 0xff;

export const isPacked = (bytes: Uint8Array): boolean => bytes[0] === packedMark;

/** Facts are for people, who read four digits. */
const rounded = (value: number) => Number(value.toPrecision(4));

/**
 * Facts as bytes: tokens as numbers of seven bits a byte (LEB128), activations only where they are not 0, as float32
 * behind a mask of one bit a token; the histogram last, where there is one. About 300 bytes for 6 contexts of 11 tokens.
 */
export function packFactBody(
	{ contexts, raises, lowers, histogram }: FactBody,
	tokenId: (text: string) => number,
): Uint8Array {
	const bytes = [packedMark];
	const float = new DataView(new ArrayBuffer(4));
	const pushFloat = (value: number) => {
		float.setFloat32(0, value, true);
		bytes.push(...new Uint8Array(float.buffer));
	};
	pushInteger(bytes, contexts.length);
	for (const { tokens, activations, peak } of contexts) {
		assert(tokens.length === activations.length, "each token of a context has an activation");
		pushInteger(bytes, tokens.length);
		pushInteger(bytes, peak);
		for (const token of tokens) pushInteger(bytes, tokenId(token));
		for (let i = 0; i < tokens.length; i += 8)
			bytes.push(activations.slice(i, i + 8).reduce((mask, value, bit) => mask | (value === 0 ? 0 : 1 << bit), 0));
		for (const value of activations) if (value !== 0) pushFloat(value);
	}
	for (const effects of [raises, lowers]) {
		pushInteger(bytes, effects.length);
		for (const { token, effect } of effects) {
			pushInteger(bytes, tokenId(token));
			pushFloat(effect);
		}
	}
	if (histogram) {
		pushFloat(histogram.max);
		for (const count of histogram.counts) pushInteger(bytes, count);
	}
	return Uint8Array.from(bytes);
}

function pushInteger(bytes: number[], value: number): void {
	for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
	bytes.push(value);
}

/** All of it, or what a phrase is made of: the tokens of contexts, and what is raised. */
export type FactPart = "all" | "phrase";

export function unpackFactBody(bytes: Uint8Array, tokenText: (id: number) => string, part: FactPart = "all"): FactBody {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 1;
	const takeFloat = () => {
		at += 4;
		return rounded(view.getFloat32(at - 4, true));
	};
	const takeInteger = () => {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = view.getUint8(at++);
			value |= (byte & 127) << shift;
			if (byte < 128) return value;
		}
	};
	const takeContext = (): FeatureContext => {
		const length = takeInteger();
		const peak = takeInteger();
		const tokens = Array.from({ length }, () => tokenText(takeInteger()));
		const masks = Array.from({ length: Math.ceil(length / 8) }, () => view.getUint8(at++));
		const activations = tokens.map((_, i) => (((masks[i >> 3] ?? 0) >> (i & 7)) & 1 ? takeFloat() : 0));
		return { tokens, activations, peak };
	};
	const takeTokens = (): FeatureContext => {
		const length = takeInteger();
		const peak = takeInteger();
		const tokens = Array.from({ length }, () => tokenText(takeInteger()));
		let active = 0;
		for (let i = 0; i < length; i += 8) for (let mask = view.getUint8(at++); mask > 0; mask >>= 1) active += mask & 1;
		at += 4 * active;
		return { tokens, activations: [], peak };
	};
	const takeEffects = (): TokenEffect[] =>
		Array.from({ length: takeInteger() }, () => ({ token: tokenText(takeInteger()), effect: takeFloat() }));
	const contexts = Array.from({ length: takeInteger() }, part === "all" ? takeContext : takeTokens);
	if (part === "phrase") return { contexts, raises: takeEffects(), lowers: [] };
	const [raises, lowers] = [takeEffects(), takeEffects()];
	if (at === bytes.length) return { contexts, raises, lowers };
	const max = takeFloat();
	const counts: number[] = [];
	while (at < bytes.length) counts.push(takeInteger());
	return { contexts, raises, lowers, histogram: { max, counts } };
}
