import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import chromium from "@sparticuz/chromium";

/**
 * An environment in which WebGPU finds a card made of software: Chromium's package brings SwiftShader, a Vulkan driver, which
 * unpacks beside the browser. Undefined where there is none.
 */
export async function softwareCard(): Promise<Readonly<Record<string, string>> | undefined> {
	if (process.platform !== "linux" || process.arch !== "x64") return undefined;
	const folder = dirname(await chromium.executablePath());
	const driver = join(folder, "vk_swiftshader_icd.json");
	return existsSync(driver) ? { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: folder } : undefined;
}
