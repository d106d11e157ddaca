import { AppError } from "#shared/errors";
import type { ByteCursor } from "./byte-cursor.ts";
import { otherOpcodes } from "./pickle-opcodes.ts";

/**
 * What a pickle may make here: plain values, and what the caller's `PickleWorld` makes of names and calls. Lists and
 * tuples are arrays, dictionaries are maps; one value may lie in several places, and even in itself.
 */
export type Pickled = null | boolean | number | bigint | string | Pickled[] | Map<string | number, Pickled> | object;

/** All that a pickle can refer to. Nothing else exists for it: the interpreter itself knows no names and calls nothing. */
export interface PickleWorld {
	/** What `module.name` stands for. Throws for whatever is not known. */
	resolve(reference: string): Pickled;
	/** The value of calling something that `resolve` gave. */
	call(callee: Pickled, values: readonly Pickled[]): Pickled;
	/** The value behind a persistent id. */
	lookUp(id: Pickled): Pickled;
}

/** More than any file of tensors needs; a pickle that asks for more is made to exhaust memory. */
const limits = { operations: 3_000_000, text: 16_000_000, bytes: 128_000_000 };

/** Runs one pickle up to its STOP. Throws `unsupported` for what is no tensor, `bad-file` for what is no pickle. */
export function readPickle(cursor: ByteCursor, path: string, world: PickleWorld): Pickled {
	const unsound = (what: string) =>
		new AppError("bad-file", `${path} holds no sound pickle: ${what}. Download it again.`, { path });
	const stack: Pickled[] = [];
	const marks: number[] = [];
	const memo = new Map<number, Pickled>();
	const first = cursor.position();

	const floor = () => marks.at(-1) ?? 0;
	const pop = (): Pickled => {
		if (stack.length <= floor()) throw unsound("it takes a value where there is none");
		return stack.pop() as Pickled;
	};
	const top = (): Pickled => {
		if (stack.length <= floor()) throw unsound("it asks for a value where there is none");
		return stack.at(-1) as Pickled;
	};
	const popMark = (): Pickled[] => {
		const mark = marks.pop();
		if (mark === undefined) throw unsound("it ends a list that never began");
		return stack.splice(mark);
	};
	const integer = (bytes: number) => {
		const view = Buffer.from(cursor.take(bytes));
		return view.readUIntLE(0, bytes);
	};
	const text = (length: number) => {
		if (length > limits.text) throw unsound(`a text of ${length} bytes`);
		return Buffer.from(cursor.take(length)).toString("utf8");
	};
	const recall = (key: number) => {
		const value = memo.get(key);
		if (value === undefined) throw unsound(`it recalls number ${key}, which it never stored`);
		stack.push(value);
	};
	const append = (list: Pickled, values: readonly Pickled[]) => {
		if (!Array.isArray(list)) throw unsound("it appends to something that is no list");
		for (const value of values) list.push(value);
	};
	const fill = (dictionary: Pickled, pairs: readonly Pickled[]) => {
		if (!(dictionary instanceof Map)) throw unsound("it puts a key into something that is no dictionary");
		if (pairs.length % 2 === 1) throw unsound("a key without a value");
		for (let i = 0; i < pairs.length; i += 2) dictionary.set(readKey(pairs[i] as Pickled), pairs[i + 1] as Pickled);
	};
	const readKey = (key: Pickled): string | number => {
		if (typeof key === "string" || typeof key === "number") return key;
		throw new AppError(
			"unsupported",
			`${path} has a dictionary whose keys are neither texts nor numbers. Save its tensors alone, by name (a state dict).`,
			{ path },
		);
	};
	const tuple = (count: number) => {
		const values = Array.from({ length: count }, pop).reverse();
		stack.push(values);
	};

	const operations: Readonly<Record<number, () => void>> = {
		[code("(")]: () => marks.push(stack.length),
		[code("0")]: () => (stack.length === floor() && marks.length > 0 ? marks.pop() : pop()),
		[code("1")]: () => popMark(),
		[code("N")]: () => stack.push(null),
		[0x88]: () => stack.push(true),
		[0x89]: () => stack.push(false),
		[code("J")]: () => stack.push(integer(4) | 0),
		[code("K")]: () => stack.push(cursor.byte()),
		[code("M")]: () => stack.push(integer(2)),
		[0x8a]: () => stack.push(readLong(cursor.take(cursor.byte()))),
		[code("G")]: () => stack.push(Buffer.from(cursor.take(8)).readDoubleBE()),
		[code("X")]: () => stack.push(text(integer(4))),
		[0x8c]: () => stack.push(text(cursor.byte())),
		// Python 2's texts.
		[code("T")]: () => stack.push(text(integer(4))),
		[code("U")]: () => stack.push(text(cursor.byte())),
		[code("]")]: () => stack.push([]),
		[code("}")]: () => stack.push(new Map()),
		[code(")")]: () => stack.push([]),
		[code("l")]: () => stack.push(popMark()),
		[code("t")]: () => stack.push(popMark()),
		[0x85]: () => tuple(1),
		[0x86]: () => tuple(2),
		[0x87]: () => tuple(3),
		[code("d")]: () => {
			const pairs = popMark();
			const dictionary = new Map<string | number, Pickled>();
			fill(dictionary, pairs);
			stack.push(dictionary);
		},
		[code("a")]: () => {
			const value = pop();
			append(top(), [value]);
		},
		[code("e")]: () => {
			const values = popMark();
			append(top(), values);
		},
		[code("s")]: () => {
			const value = pop();
			const key = pop();
			fill(top(), [key, value]);
		},
		[code("u")]: () => {
			const pairs = popMark();
			fill(top(), pairs);
		},
		[code("q")]: () => memo.set(cursor.byte(), top()),
		[code("r")]: () => memo.set(integer(4), top()),
		[0x94]: () => memo.set(memo.size, top()),
		[code("h")]: () => recall(cursor.byte()),
		[code("j")]: () => recall(integer(4)),
		[code("c")]: () => {
			const module = cursor.line();
			stack.push(world.resolve(`${module}.${cursor.line()}`));
		},
		[0x93]: () => {
			const name = pop();
			stack.push(world.resolve(`${pop()}.${name}`));
		},
		// INST names what it would make; that name is what people want to read.
		[code("i")]: () => {
			const module = cursor.line();
			world.resolve(`${module}.${cursor.line()}`);
			throw refuseOpcode("INST", path);
		},
		[code("R")]: () => {
			const values = pop();
			const callee = pop();
			if (!Array.isArray(values)) throw unsound("a call without a list of values");
			stack.push(world.call(callee, values));
		},
		// Attributes of a dictionary (a state dict's `_metadata`) say nothing about its tensors.
		[code("b")]: () => {
			pop();
			if (!(top() instanceof Map)) throw refuseOpcode("BUILD", path);
		},
		[code("Q")]: () => stack.push(world.lookUp(pop())),
		[0x80]: () => {
			const version = cursor.byte();
			if (version > 5) throw unsound(`it claims version ${version}`);
		},
		// The length of what follows, for readers in pieces.
		[0x95]: () => cursor.take(8),
	};

	for (let count = 0; count < limits.operations && cursor.position() - first < limits.bytes; count++) {
		const opcode = cursor.byte();
		if (opcode === code(".")) return pop();
		const operation = operations[opcode];
		if (operation) operation();
		else throw otherOpcodes[opcode] ? refuseOpcode(otherOpcodes[opcode], path) : unsound(`a byte ${opcode}`);
	}
	throw new AppError(
		"unsupported",
		`${path} describes more than ${limits.operations} values, far more than tensors need. Save its tensors alone (a state dict).`,
		{ path },
	);
}

const code = (letter: string) => letter.charCodeAt(0);

function refuseOpcode(name: string, path: string): AppError {
	return new AppError(
		"unsupported",
		`${path} uses the pickle instruction ${name}; this program reads tensors only and never runs code. Save its tensors alone (in Python: torch.save of a state_dict(), or safetensors).`,
		{ path, opcode: name },
	);
}

/** A signed number of any length, little-endian. A number where it is exact. */
function readLong(bytes: Uint8Array): number | bigint {
	let value = 0n;
	for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
	value = BigInt.asIntN(bytes.length * 8, value);
	const number = Number(value);
	return Number.isSafeInteger(number) ? number : value;
}
