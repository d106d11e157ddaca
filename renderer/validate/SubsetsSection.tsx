import type { ComplementSubsets, SubsetFigure } from "#shared/validation";
import { Item, ScoreSection, Share, showShare } from "./Figures.tsx";

interface SubsetsSectionProps {
	readonly subsets: ComplementSubsets;
	readonly isSingle: boolean;
}

/** What is left of the effect when parts of what is outside the circuit are left out. */
export function SubsetsSection({ subsets, isSingle }: SubsetsSectionProps) {
	const { features, draws, tried, mean, lowest, highest } = subsets;
	const left = ({ removed, searched }: SubsetFigure) =>
		removed === 0
			? "nothing left out"
			: `${removed.toLocaleString("en")} left out, ${searched ? "found by gradient" : "drawn"}`;
	return (
		<ScoreSection
			name="subsets"
			title="Parts of the rest left out"
			words="Leaving out everything outside at once can look good because errors cancel. Here only parts of it are left out: a circuit that does all of the work keeps a share of 1 whichever they are."
		>
			<dl className="figures">
				{mean && (
					<Share
						name={`${draws} random parts, on average`}
						hint={`Each of the ${features} features outside that do anything is left out with probability ½; the interval draws parts and prompts again`}
						figure={mean}
					/>
				)}
				<Item
					name="Lowest found"
					hint={`Of ${tried} parts that were tried`}
					value={showShare(lowest.value)}
					note={left(lowest)}
				/>
				<Item
					name="Highest found"
					hint={`Of ${tried} parts that were tried`}
					value={showShare(highest.value)}
					note={left(highest)}
				/>
			</dl>
			{isSingle && <p className="field-hint">On one prompt the interval is over the parts alone.</p>}
		</ScoreSection>
	);
}
