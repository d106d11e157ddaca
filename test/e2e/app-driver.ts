import type { Page } from "playwright-core";
import { settle } from "./browser.ts";

/** What a person does with the app and sees in it, so that a test reads like a script. */
export class AppDriver {
	readonly page: Page;
	/** Faults of the page itself: there must be none. */
	readonly faults: string[] = [];

	constructor(page: Page) {
		this.page = page;
		page.on("pageerror", (error) => this.faults.push(error.message));
		page.on("console", (message) => {
			// While the server is away, the browser itself complains about the closed door.
			if (message.type() === "error" && !/WebSocket|ERR_CONNECTION/.test(message.text()))
				this.faults.push(message.text());
		});
	}

	async open(url: string): Promise<this> {
		await this.page.goto(url);
		await this.page.waitForSelector(".app:not([aria-busy])");
		return this;
	}

	/** Presses Trace and waits for the circuit. */
	async trace(): Promise<this> {
		const before = await this.page.locator('.job[data-state="done"]').count();
		await this.page.locator("[data-trace]").click();
		await this.page.waitForFunction(
			(count) => document.querySelectorAll('.job[data-state="done"]').length > count,
			before,
		);
		return await this.settle();
	}

	async prompt(text: string): Promise<this> {
		await this.page.getByLabel("Prompt", { exact: true }).fill(text);
		return this;
	}

	async settle(): Promise<this> {
		await this.page.waitForTimeout(120);
		await settle(this.page);
		return this;
	}

	/** Nodes, edges and runs of the open circuit, as the bar above says. */
	async counts(): Promise<string> {
		return (await this.page.locator("[data-counts]").textContent()) ?? "";
	}

	/** Nodes and edges that are drawn. */
	async drawn(): Promise<readonly [number, number]> {
		const canvas = this.page.locator(".canvas");
		return [Number(await canvas.getAttribute("data-nodes")), Number(await canvas.getAttribute("data-edges"))];
	}

	/** Finds a node by typing and selects it. */
	async find(query: string): Promise<this> {
		const field = this.page.locator("[data-search]");
		await field.fill(query);
		await field.press("Enter");
		await this.page.locator(".canvas").focus();
		return await this.settle();
	}

	/** Id of the node in the inspector. */
	async inspected(): Promise<string | null> {
		return await this.page.locator("[data-inspected]").getAttribute("data-inspected");
	}

	async press(...keys: readonly string[]): Promise<this> {
		for (const key of keys) await this.page.keyboard.press(key);
		await this.page.waitForTimeout(80);
		return this;
	}

	/** Waits until everything that was changed is stored. */
	async saved(): Promise<this> {
		await this.page.waitForSelector('[data-saved="true"]');
		return this;
	}

	async pins(): Promise<readonly string[]> {
		return await this.page
			.locator("[data-pin]")
			.evaluateAll((chips) => chips.map((chip) => chip.getAttribute("data-pin") ?? ""));
	}

	async toast(): Promise<string> {
		return (await this.page.locator(".toast-message").last().textContent()) ?? "";
	}
}
