/** How often a feature is how active: bars on a logarithmic scale, since most activations are small. */
export function Histogram({ counts, max }: { readonly counts: readonly number[]; readonly max: number }) {
	const most = Math.log1p(Math.max(...counts, 1));
	const total = counts.reduce((sum, count) => sum + count, 0);
	return (
		<figure className="histogram">
			<div className="bars" role="img" aria-label={`${total} activations up to ${max.toPrecision(3)}`}>
				{counts.map((count, i) => (
					<div
						// biome-ignore lint/suspicious/noArrayIndexKey: bins are their places.
						key={i}
						style={{ height: `${(100 * Math.log1p(count)) / most}%` }}
						title={`${((i * max) / counts.length).toPrecision(2)} – ${(((i + 1) * max) / counts.length).toPrecision(2)}: ${count}`}
					/>
				))}
			</div>
			<figcaption className="faint">
				<span>0</span>
				<span>{total.toLocaleString("en")} activations</span>
				<span>{max.toPrecision(3)}</span>
			</figcaption>
		</figure>
	);
}
