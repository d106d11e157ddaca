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
