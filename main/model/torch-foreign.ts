/** What a file is that only goes by a torch file's name, and the way out; undefined where it may be one. */
export function describeForeignFile(head: Buffer): string | undefined {
	const text = head.toString("latin1");
	if (head.length < 4) return `has only ${head.length} bytes, so it is no torch file. Download it again.`;
	if (text.startsWith("version https://git-lfs"))
		return "is a pointer of Git LFS and not the file itself. Fetch it with git lfs pull, or download it.";
	if (/^\s*<(?:!doctype|html|\?xml)/i.test(text))
		return "is a web page and not a torch file. Download the file itself.";
	if (text.startsWith("\x93NUMPY"))
		return "is a NumPy array (.npy), not a torch file. Save it as safetensors (safetensors.numpy.save_file).";
	if (text.startsWith("\x89HDF")) return "is an HDF5 file (Keras), not a torch file. Choose the weights for PyTorch.";
	if (text.startsWith("GGUF")) return "is a GGUF file of llama.cpp, not a torch file. Choose the original weights.";
	if (text.slice(257, 262) === "ustar")
		return "is a tar archive, as torch wrote before 0.1.10 (2017). Load it in an old torch and save it again.";
	if (text.startsWith("\x1f\x8b")) return "is a file compressed with gzip. Unpack it first (gunzip).";
	if (/^.{8}\{\s*"/s.test(text)) return "is a safetensors file by its contents. Give it the ending .safetensors.";
	// The beginnings of pickles: a version, a name, a list, a dictionary.
	if (text.startsWith("PK\x03\x04") || /^[\x80c(\]}]/.test(text)) return undefined;
	return "is not a file of torch: it begins like no file that torch.save writes. Choose a file of weights.";
}
