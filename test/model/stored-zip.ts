/** A zip archive whose files are stored as they are (the method may lie) or packed by `pack`, by the format's rules alone. */
export function storedZip(
	files: Readonly<Record<string, Uint8Array>>,
	method = 0,
	pack: (data: Uint8Array) => Uint8Array = (data) => data,
): Buffer {
	const parts: Buffer[] = [];
	const directory: Buffer[] = [];
	let offset = 0;
	for (const [name, whole] of Object.entries(files)) {
		const data = pack(whole);
		const local = Buffer.alloc(30);
		local.writeUInt32LE(0x04034b50);
		local.writeUInt16LE(method, 8);
		local.writeUInt32LE(data.length, 18);
		local.writeUInt32LE(whole.length, 22);
		local.writeUInt16LE(name.length, 26);
		const central = Buffer.alloc(46);
		central.writeUInt32LE(0x02014b50);
		central.writeUInt16LE(method, 10);
		central.writeUInt32LE(data.length, 20);
		central.writeUInt32LE(whole.length, 24);
		central.writeUInt16LE(name.length, 28);
		central.writeUInt32LE(offset, 42);
		parts.push(local, Buffer.from(name), Buffer.from(data));
		directory.push(central, Buffer.from(name));
		offset += 30 + name.length + data.length;
	}
	const table = Buffer.concat(directory);
	const end = Buffer.alloc(22);
	end.writeUInt32LE(0x06054b50);
	end.writeUInt16LE(Object.keys(files).length, 8);
	end.writeUInt16LE(Object.keys(files).length, 10);
	end.writeUInt32LE(table.length, 12);
	end.writeUInt32LE(offset, 16);
	return Buffer.concat([...parts, table, end]);
}
