import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { AppError } from "#shared/errors";

/** Where the hub is, where its cache lies, and who we are there: what Python's `huggingface_hub` reads, from the same places. */
export interface HubSettings {
	/** Without a slash at the end. */
	readonly endpoint: string;
	readonly cache: string;
	readonly token?: string;
	/** Where the token came from, or where one would be looked for. */
	readonly tokenPlace: string;
	/** `HF_HUB_OFFLINE`: the network is not to be touched. */
	readonly offline: boolean;
	/** Whether snapshots may be links into `blobs`. */
	readonly symlinks: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `usage` where `HF_ENDPOINT` is no address. */
export function readHubSettings(env: Environment = process.env): HubSettings {
	const home = expandHome(
		set(env["HF_HOME"]) ?? join(set(env["XDG_CACHE_HOME"]) ?? join(homedir(), ".cache"), "huggingface"),
	);
	const tokenPath = expandHome(set(env["HF_TOKEN_PATH"]) ?? join(home, "token"));
	return {
		endpoint: readEndpoint(env),
		cache: expandHome(set(env["HF_HUB_CACHE"]) ?? set(env["HUGGINGFACE_HUB_CACHE"]) ?? join(home, "hub")),
		...readToken(env, tokenPath),
		offline: isTrue(env["HF_HUB_OFFLINE"]) || isTrue(env["TRANSFORMERS_OFFLINE"]),
		symlinks: !isTrue(env["HF_HUB_DISABLE_SYMLINKS"]),
	};
}

/** The cache alone: looking at what is there needs neither an address nor a token. */
export function readHubCache(env: Environment = process.env): string {
	return readHubSettings({ ...env, HF_ENDPOINT: undefined, HF_TOKEN: "unread" }).cache;
}

/** A variable that is empty counts as not there. */
const set = (value: string | undefined) => (value === undefined || value.trim() === "" ? undefined : value);

const isTrue = (value: string | undefined) => /^(1|on|yes|true)$/i.test(value?.trim() ?? "");

const expandHome = (path: string) => path.replace(/^~(?=$|[/\\])/, homedir());

function readEndpoint(env: Environment): string {
	const text = (set(env["HF_ENDPOINT"]) ?? "https://huggingface.co").trim().replace(/\/+$/, "");
	if (URL.canParse(text) && /^https?:/.test(text)) {
		const { username, password } = new URL(text);
		if (username === "" && password === "") return text;
		throw new AppError(
			"usage",
			"HF_ENDPOINT holds a name or a password, which would be written into messages. Take it out; a token goes into HF_TOKEN.",
		);
	}
	throw new AppError(
		"usage",
		`HF_ENDPOINT is "${text.replace(/[^/]*@/, "…@")}", which is no address. Write it as https://huggingface.co, or leave it out.`,
	);
}

function readToken(env: Environment, path: string): Pick<HubSettings, "token" | "tokenPlace"> {
	for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
		const token = clean(env[name]);
		if (token !== undefined) return { token, tokenPlace: `the variable ${name}` };
	}
	try {
		const token = clean(readFileSync(path, "utf8"));
		if (token !== undefined) return { token, tokenPlace: path };
	} catch {
		// No token is the usual case.
	}
	return { tokenPlace: path };
}

const clean = (text: string | undefined) => set(text?.replaceAll(/[\r\n]/g, "").trim());
