/** Asks for one file of these endings (`.dot,.gv`); nothing happens where none is chosen. */
export function chooseFile(accept: string, use: (file: File) => void): void {
	const field = document.createElement("input");
	field.type = "file";
	field.accept = accept;
	field.addEventListener("change", () => {
		const [file] = field.files ?? [];
		if (file) use(file);
	});
	field.click();
}

/** The same for several. */
export function chooseFiles(accept: string, use: (files: readonly File[]) => void): void {
	const field = document.createElement("input");
	field.type = "file";
	field.multiple = true;
	field.accept = accept;
	field.addEventListener("change", () => {
		const files = [...(field.files ?? [])];
		if (files.length > 0) use(files);
	});
	field.click();
}
