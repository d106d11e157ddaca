import type { CallOptions } from "#shared/contract/contract";
import type { ExportRequest } from "#shared/contract/export-request";
import type { MadeExport } from "#shared/contract/export-result";
import { fetchFile, withExport } from "../actions/make-export.ts";

/** Opens the system's print dialog on the very pages that a PDF would have. */
export async function printExport(request: ExportRequest, options: CallOptions): Promise<MadeExport> {
	return await withExport(request, options, async (made) => {
		const { width, height } = request.paper ?? { width: 595, height: 842 };
		const urls: string[] = [];
		const pages = document.createElement("div");
		pages.className = "print-pages";
		for (const [i, { name }] of made.files.entries()) {
			const url = URL.createObjectURL(new Blob([await fetchFile(made, i)], { type: "image/svg+xml" }));
			urls.push(url);
			const image = new Image();
			image.src = url;
			image.alt = name;
			pages.append(image);
			await image.decode();
		}
		const style = document.createElement("style");
		style.textContent = printStyle(width, height);
		document.head.append(style);
		document.body.append(pages);
		try {
			// Returns when the dialog is closed.
			window.print();
		} finally {
			pages.remove();
			style.remove();
			for (const url of urls) URL.revokeObjectURL(url);
		}
		return made;
	});
}

function printStyle(width: number, height: number): string {
	const size = `width:${width}pt;height:${height}pt`;
	return `.print-pages{display:none}
@page{size:${width}pt ${height}pt;margin:0}
@media print{
html,body{margin:0!important;padding:0!important;height:auto!important;overflow:visible!important;background:#fff!important}
body>*:not(.print-pages){display:none!important}
.print-pages{display:block!important}
.print-pages img{display:block;${size};break-after:page;print-color-adjust:exact}
.print-pages img:last-child{break-after:auto}
}`;
}
