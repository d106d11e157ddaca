/**
 * Reverse-mode differentiation of float64 matrices, kept naive so that it can be read and believed. Values are computed
 * as the graph is built; `findGradients` walks it backwards. It shares nothing with the code under test.
 */
export interface Matrix {
	readonly rows: number;
	readonly cols: number;
	/** Row by row. */
	readonly data: Float64Array;
}

export interface Variable {
	readonly value: Matrix;
	readonly parents: readonly Variable[];
	/** Cotangent of the value → cotangents of the parents. */
	readonly pullBack: (cotangent: Matrix) => readonly Matrix[];
}

export function matrix(rows: number, cols: number, data: ArrayLike<number> = new Float64Array(rows * cols)): Matrix {
	if (data.length !== rows * cols) throw new Error(`${data.length} numbers are no ${rows} × ${cols} matrix.`);
	return { rows, cols, data: Float64Array.from(data) };
}

export function fill(rows: number, cols: number, value: (row: number, col: number) => number): Matrix {
	const data = new Float64Array(rows * cols);
	for (let row = 0; row < rows; row++) for (let col = 0; col < cols; col++) data[row * cols + col] = value(row, col);
	return { rows, cols, data };
}

export function at(m: Matrix, row: number, col: number): number {
	const value = row < m.rows && col < m.cols ? m.data[row * m.cols + col] : undefined;
	if (value === undefined) throw new Error(`No entry (${row}, ${col}) in ${m.rows} × ${m.cols}.`);
	return value;
}

export function rowOf(m: Matrix, row: number): Float64Array {
	return m.data.slice(row * m.cols, (row + 1) * m.cols);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
	if (a.length !== b.length) throw new Error(`Vectors of ${a.length} and ${b.length} numbers have no dot product.`);
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
	return sum;
}

/** A constant or something to differentiate by: no path leads on from it. */
export function leaf(value: Matrix): Variable {
	return { value, parents: [], pullBack: () => [] };
}

/** `seed · ∂output/∂target` for each target, which may lie anywhere in the graph. */
export function findGradients(output: Variable, seed: Matrix, targets: readonly Variable[]): Matrix[] {
	const order: Variable[] = [];
	const seen = new Set<Variable>();
	const visit = (variable: Variable) => {
		if (seen.has(variable)) return;
		seen.add(variable);
		variable.parents.forEach(visit);
		order.push(variable);
	};
	visit(output);
	const cotangents = new Map<Variable, Matrix>([[output, seed]]);
	for (const variable of order.reverse()) {
		const cotangent = cotangents.get(variable);
		if (!cotangent) continue;
		const contributions = variable.pullBack(cotangent);
		variable.parents.forEach((parent, i) => {
			const contribution = contributions[i];
			if (!contribution) throw new Error("An operator forgot a parent.");
			const known = cotangents.get(parent);
			cotangents.set(
				parent,
				known ? fill(known.rows, known.cols, (r, c) => at(known, r, c) + at(contribution, r, c)) : contribution,
			);
		});
	}
	return targets.map((target) => cotangents.get(target) ?? matrix(target.value.rows, target.value.cols));
}

/** Entry by entry; a side of one row or one column is repeated. */
function combine(
	a: Variable,
	b: Variable,
	f: (x: number, y: number) => number,
	dx: (x: number, y: number) => number,
	dy: (x: number, y: number) => number,
): Variable {
	const rows = Math.max(a.value.rows, b.value.rows);
	const cols = Math.max(a.value.cols, b.value.cols);
	for (const { value } of [a, b])
		if ((value.rows !== rows && value.rows !== 1) || (value.cols !== cols && value.cols !== 1))
			throw new Error("The shapes do not go together.");
	const read = (m: Matrix, r: number, c: number) => at(m, m.rows === 1 ? 0 : r, m.cols === 1 ? 0 : c);
	const reduce = (m: Matrix, entry: (r: number, c: number) => number) => {
		const sum = matrix(m.rows, m.cols);
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < cols; c++) {
				const index = (m.rows === 1 ? 0 : r) * m.cols + (m.cols === 1 ? 0 : c);
				sum.data[index] = (sum.data[index] as number) + entry(r, c);
			}
		return sum;
	};
	return {
		value: fill(rows, cols, (r, c) => f(read(a.value, r, c), read(b.value, r, c))),
		parents: [a, b],
		pullBack: (g) => [
			reduce(a.value, (r, c) => at(g, r, c) * dx(read(a.value, r, c), read(b.value, r, c))),
			reduce(b.value, (r, c) => at(g, r, c) * dy(read(a.value, r, c), read(b.value, r, c))),
		],
	};
}

export const add = (a: Variable, b: Variable) =>
	combine(
		a,
		b,
		(x, y) => x + y,
		() => 1,
		() => 1,
	);
export const subtract = (a: Variable, b: Variable) =>
	combine(
		a,
		b,
		(x, y) => x - y,
		() => 1,
		() => -1,
	);
export const multiply = (a: Variable, b: Variable) =>
	combine(
		a,
		b,
		(x, y) => x * y,
		(_, y) => y,
		(x) => x,
	);
export const divide = (a: Variable, b: Variable) =>
	combine(
		a,
		b,
		(x, y) => x / y,
		(_, y) => 1 / y,
		(x, y) => -x / (y * y),
	);

export function scale(x: Variable, factor: number): Variable {
	return multiply(x, leaf(matrix(1, 1, [factor])));
}

export function map(x: Variable, f: (x: number) => number, derivative: (x: number) => number): Variable {
	const { rows, cols } = x.value;
	return {
		value: fill(rows, cols, (r, c) => f(at(x.value, r, c))),
		parents: [x],
		pullBack: (g) => [fill(rows, cols, (r, c) => at(g, r, c) * derivative(at(x.value, r, c)))],
	};
}

export const exponential = (x: Variable) => map(x, Math.exp, Math.exp);
export const logarithm = (x: Variable) => map(x, Math.log, (v) => 1 / v);
export const squareRoot = (x: Variable) => map(x, Math.sqrt, (v) => 0.5 / Math.sqrt(v));

export function matmul(a: Variable, b: Variable): Variable {
	const multiplied = (x: Matrix, y: Matrix) => {
		if (x.cols !== y.rows) throw new Error(`${x.rows} × ${x.cols} times ${y.rows} × ${y.cols} is no product.`);
		return fill(x.rows, y.cols, (r, c) => {
			let sum = 0;
			for (let k = 0; k < x.cols; k++) sum += (x.data[r * x.cols + k] as number) * (y.data[k * y.cols + c] as number);
			return sum;
		});
	};
	return {
		value: multiplied(a.value, b.value),
		parents: [a, b],
		pullBack: (g) => [multiplied(g, flip(b.value)), multiplied(flip(a.value), g)],
	};
}

function flip(m: Matrix): Matrix {
	return fill(m.cols, m.rows, (r, c) => at(m, c, r));
}

export function transpose(x: Variable): Variable {
	return { value: flip(x.value), parents: [x], pullBack: (g) => [flip(g)] };
}

/** `[rows, cols]` → `[rows, 1]`. */
export function sumOfRows(x: Variable): Variable {
	return matmul(x, leaf(fill(x.value.cols, 1, () => 1)));
}

export function meanOfRows(x: Variable): Variable {
	return scale(sumOfRows(x), 1 / x.value.cols);
}

/** `[rows, cols]` → `[1, 1]`. */
export function sumOfAll(x: Variable): Variable {
	return matmul(leaf(fill(1, x.value.rows, () => 1)), sumOfRows(x));
}

/** The rows with these numbers, in this order; a number may come back. */
export function pickRows(x: Variable, indices: readonly number[]): Variable {
	const choice = fill(indices.length, x.value.rows, (r, c) => (indices[r] === c ? 1 : 0));
	return matmul(leaf(choice), x);
}

/** Columns `from` … `to − 1`. */
export function pickColumns(x: Variable, from: number, to: number): Variable {
	const choice = fill(x.value.cols, to - from, (r, c) => (r === from + c ? 1 : 0));
	return matmul(x, leaf(choice));
}

export function joinColumns(parts: readonly Variable[]): Variable {
	const cols = parts.reduce((sum, { value }) => sum + value.cols, 0);
	let from = 0;
	return parts
		.map((part) => {
			const place = fill(part.value.cols, cols, (r, c) => (c === from + r ? 1 : 0));
			from += part.value.cols;
			return matmul(part, leaf(place));
		})
		.reduce(add);
}
