/** Where a file of another kind carries its circuit; what is written there is what `import` looks for. */
export const payloadMarks = {
	/** Of PNG's iTXt. */
	pngKeyword: "scd-circuit",
	/** Name of the file attached to a PDF. */
	pdfAttachment: "circuit.json",
	/** Namespace of the element in an SVG's metadata. */
	svgNamespace: "urn:sparse-circuit-discovery:circuit",
	/**
	 * How text formats hold it: JSON, gzip (RFC 1952, which ends in a checksum and a length), base64. The word stands before
	 * the text in SVG, HTML and DOT.
	 */
	encoding: "gzip-base64",
	/** Of files of the first programs: deflated (RFC 1951), without a checksum. Read, and never written. */
	oldEncoding: "deflate-base64",
	/** Opens the comment at the end of a DOT file. */
	dotComment: "scd-circuit",
} as const;
