/** Remembers the last answer: what does not change is not computed again. */
export function remember<A extends readonly unknown[], R>(compute: (...parameters: A) => R): (...parameters: A) => R {
	let last: { readonly parameters: A; readonly result: R } | undefined;
	return (...parameters) => {
		if (!last?.parameters.every((one, i) => Object.is(one, parameters[i])))
			last = { parameters, result: compute(...parameters) };
		return last.result;
	};
}
