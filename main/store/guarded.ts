import { withDatabaseErrors } from "./database-errors.ts";

/**
 * A part of the store as others see it: whatever SQLite throws in it, also while a list is read row by row, becomes a
 * sentence that says what to do.
 */
export function guarded<Part extends object>(path: string, part: Part): Part {
	return new Proxy(part, {
		get(target, name) {
			const member: unknown = Reflect.get(target, name, target);
			if (typeof member !== "function") return member;
			return (...given: unknown[]) => {
				const result: unknown = withDatabaseErrors(path, () => Reflect.apply(member, target, given));
				return isGenerator(result) ? guardedRows(path, result) : result;
			};
		},
	});
}

function isGenerator(value: unknown): value is Generator<unknown> {
	return typeof value === "object" && value !== null && Symbol.iterator in value && "next" in value;
}

function* guardedRows(path: string, rows: Generator<unknown>): Generator<unknown> {
	try {
		for (;;) {
			const { done, value } = withDatabaseErrors(path, () => rows.next());
			if (done) return;
			yield value;
		}
	} finally {
		rows.return(undefined);
	}
}
