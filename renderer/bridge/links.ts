/** Opens a page of the web outside the app. */
export function openLink(url: string): void {
	if (window.scdHost) window.scdHost.openLink(url);
	else window.open(url, "_blank", "noopener,noreferrer");
}
