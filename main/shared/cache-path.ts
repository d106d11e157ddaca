/** How `huggingface_hub` names what lies in its cache: `models--OWNER--NAME/snapshots/COMMIT/PATH`. */

export type RepoKind = "models" | "datasets";

export interface RepoName {
	readonly kind: RepoKind;
	/** As `owner/name`; old ones have no owner. */
	readonly repo: string;
}

export interface CachePath extends RepoName {
	readonly commit: string;
	/** In the repository, with slashes; empty for the snapshot itself. */
	readonly inside: string;
}

/** The folder of a repository in the cache. */
export function repoFolderName({ kind, repo }: RepoName): string {
	return `${kind}--${repo.replaceAll("/", "--")}`;
}

/** An owner's name holds no `--`, so the first one parts it from the rest. Undefined for other folders. */
export function parseRepoFolder(name: string): RepoName | undefined {
	const [, kind, repo] = /^(models|datasets)--(.+)$/.exec(name) ?? [];
	return kind === undefined || repo === undefined
		? undefined
		: { kind: kind as RepoKind, repo: repo.replace("--", "/") };
}

/** Of what a path in a snapshot is, on any system; undefined where it is none. */
export function parseCachePath(path: string): CachePath | undefined {
	const [, folder = "", commit = "", inside = ""] =
		/(?:^|\/)([^/]+)\/snapshots\/([^/]+)(?:\/(.*))?$/.exec(path.replaceAll("\\", "/")) ?? [];
	const name = parseRepoFolder(folder);
	return name && { ...name, commit, inside: inside.replace(/\/+$/, "") };
}
