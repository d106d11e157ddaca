import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { SafeStorage } from "electron";
import type { KeyVault } from "../app/neuronpedia-access.ts";

/**
 * Keeps a key in a file that only the system's secret store can open (keychain, credential vault, libsecret or KWallet).
 * Where there is none, or only one that writes plain text, nothing is kept.
 */
export function openKeyVault(
	storage: Pick<SafeStorage, "isEncryptionAvailable" | "encryptString" | "decryptString"> &
		Partial<Pick<SafeStorage, "getSelectedStorageBackend">>,
	file: string,
	platform: NodeJS.Platform = process.platform,
): KeyVault {
	const canStore = () =>
		storage.isEncryptionAvailable() &&
		!(platform === "linux" && ["basic_text", "unknown"].includes(storage.getSelectedStorageBackend?.() ?? "unknown"));
	let known: string | null | undefined;
	return {
		canStore,
		load() {
			known ??= canStore() ? read(storage, file) : null;
			return known ?? undefined;
		},
		save(key) {
			const draft = `${file}.new`;
			writeFileSync(draft, storage.encryptString(key), { mode: 0o600 });
			chmodSync(draft, 0o600);
			renameSync(draft, file);
			known = key;
		},
		forget() {
			rmSync(file, { force: true });
			known = null;
		},
	};
}

/** What another user, system or key wrote cannot be opened, and is as good as not there. */
function read(storage: Pick<SafeStorage, "decryptString">, file: string): string | null {
	try {
		return existsSync(file) ? storage.decryptString(readFileSync(file)) : null;
	} catch {
		return null;
	}
}
