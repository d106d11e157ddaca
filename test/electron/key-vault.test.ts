import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SafeStorage } from "electron";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { NeuronpediaAccess } from "../../main/app/neuronpedia-access.ts";
import { openKeyVault } from "../../main/electron/key-vault.ts";

const root = mkdtempSync(join(tmpdir(), "scd-vault-"));
afterAll(() => rmSync(root, { recursive: true }));
let file: string;
let count = 0;
const before = process.env["NEURONPEDIA_API_KEY"];
beforeEach(() => {
	file = join(root, `key-${count++}`);
	delete process.env["NEURONPEDIA_API_KEY"];
});
afterEach(() => {
	if (before === undefined) delete process.env["NEURONPEDIA_API_KEY"];
	else process.env["NEURONPEDIA_API_KEY"] = before;
});

/** With Electron's own types; what is encrypted is turned around byte by byte. */
function fakeStorage(
	available: boolean,
	backend: ReturnType<SafeStorage["getSelectedStorageBackend"]> = "gnome_libsecret",
): Pick<SafeStorage, "isEncryptionAvailable" | "encryptString" | "decryptString" | "getSelectedStorageBackend"> {
	return {
		isEncryptionAvailable: () => available,
		getSelectedStorageBackend: () => backend,
		encryptString: (text) => Buffer.from(text).map((byte) => byte ^ 0x5a) as Buffer,
		decryptString: (bytes) => {
			if (bytes.length < 3)
				throw new Error("Error while decrypting the ciphertext provided to safeStorage.decryptString.");
			return Buffer.from(bytes.map((byte) => byte ^ 0x5a)).toString();
		},
	};
}

test("a key outlives the session, encrypted and for the user alone, until it is forgotten", () => {
	const open = () => new NeuronpediaAccess(openKeyVault(fakeStorage(true), file, "linux"));
	const first = open();
	expect(first.status()).toEqual({ key: "none", canStore: true });
	first.setKey("sk-np-secret");
	expect(first.status()).toEqual({ key: "stored", canStore: true });
	expect(readFileSync(file).includes("sk-np-secret")).toBe(false);
	expect(statSync(file).mode & 0o077).toBe(0);
	const next = open();
	expect(next.status().key).toBe("stored");
	next.forgetKey();
	expect([existsSync(file), next.status().key, open().status().key]).toEqual([false, "none", "none"]);
});

test.each([
	["no encryption", fakeStorage(false), "darwin"],
	["a store that writes plain text", fakeStorage(true, "basic_text"), "linux"],
	["a store that is not known yet", fakeStorage(true, "unknown"), "linux"],
] as const)("with %s it lasts for the session and nothing is written", (_, storage, platform) => {
	const access = new NeuronpediaAccess(openKeyVault(storage, file, platform));
	access.setKey("sk-np-secret");
	expect(access.status()).toEqual({ key: "session", canStore: false });
	expect(existsSync(file)).toBe(false);
	access.forgetKey();
	expect(access.status().key).toBe("none");
});

test("what cannot be opened is as good as not there, and can be replaced; the environment serves where nothing else does", () => {
	writeFileSync(file, "x");
	const access = new NeuronpediaAccess(openKeyVault(fakeStorage(true), file, "win32"));
	expect(access.status().key).toBe("none");
	process.env["NEURONPEDIA_API_KEY"] = " from outside ";
	expect(access.status().key).toBe("environment");
	access.setKey("mine");
	expect(access.status().key).toBe("stored");
	access.forgetKey();
	expect(access.status().key).toBe("environment");
	expect(new NeuronpediaAccess().status()).toEqual({ key: "environment", canStore: false });
});
