import { describeForeignFile } from "./foreign-file.ts";

/** Why a file is none that `torch.save` wrote, and the way out; undefined where it may be one. */
export function describeNoTorchFile(head: Buffer): string | undefined {
	const text = head.toString("latin1");
	if (head.length < 4) return `has only ${head.length} bytes, so it is no torch file. Download it again.`;
	const foreign = describeForeignFile(head);
	if (foreign !== undefined) return foreign;
	if (text.slice(257, 262) === "ustar")
		return "is a tar archive, as torch wrote before 0.1.10 (2017). Load it in an old torch and save it again.";
	if (/^.{8}\{\s*"/s.test(text)) return "is a safetensors file by its contents. Give it the ending .safetensors.";
	// The beginnings of pickles: a version, a name, a list, a dictionary.
	if (text.startsWith("PK\x03\x04") || /^[\x80c(\]}]/.test(text)) return undefined;
	return "is not a file of torch: it begins like no file that torch.save writes. Choose a file of weights.";
}
