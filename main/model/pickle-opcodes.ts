/** Names of the pickle instructions that tensors never need, as Python's `pickletools` has them: refused by name. */
export const otherOpcodes: Readonly<Record<number, string>> = {
	50: "DUP", // 2
	66: "BINBYTES", // B
	67: "SHORT_BINBYTES", // C
	70: "FLOAT", // F
	73: "INT", // I
	76: "LONG", // L
	80: "PERSID", // P
	83: "STRING", // S
	86: "UNICODE", // V
	103: "GET", // g
	111: "OBJ", // o
	112: "PUT", // p
	129: "NEWOBJ",
	130: "EXT1",
	131: "EXT2",
	132: "EXT4",
	139: "LONG4",
	141: "BINUNICODE8",
	142: "BINBYTES8",
	143: "EMPTY_SET",
	144: "ADDITEMS",
	145: "FROZENSET",
	146: "NEWOBJ_EX",
	150: "BYTEARRAY8",
	151: "NEXT_BUFFER",
	152: "READONLY_BUFFER",
};
