/** What a file of weights is that only goes by its name, and the way out; undefined where it may be what it claims. */
export function describeForeignFile(head: Buffer): string | undefined {
	const text = head.toString("latin1");
	if (text.startsWith("version https://git-lfs"))
		return "is a pointer of Git LFS and not the file itself. Fetch it with git lfs pull, or download it.";
	if (/^\s*<(?:!doctype|html|\?xml)/i.test(text)) return "is a web page and not weights. Download the file itself.";
	if (text.startsWith("\x93NUMPY"))
		return "is a NumPy array (.npy). Save it as safetensors (safetensors.numpy.save_file).";
	if (text.startsWith("\x89HDF")) return "is an HDF5 file (Keras). Choose the weights for PyTorch.";
	if (text.startsWith("GGUF")) return "is a GGUF file of llama.cpp. Choose the original weights.";
	if (text.startsWith("\x1f\x8b")) return "is a file compressed with gzip. Unpack it first (gunzip).";
	return undefined;
}
