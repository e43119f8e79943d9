const NEAR_MAX = 3;

/** The candidates that are most like a word, best first; none that has little in common with it. */
export function nearestOf(word: string, candidates: readonly string[]): string[] {
  const wanted = pairsOf(word);
  return candidates
    .map((candidate) => ({ candidate, likeness: likenessOf(wanted, pairsOf(candidate)) }))
    .filter(({ likeness }) => likeness > 0.4)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, NEAR_MAX)
    .map(({ candidate }) => candidate);
}

/** Dice's coefficient of pairs of letters that follow each other: 0 nothing in common, 1 the same. */
function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((pair) => b.has(pair)).length;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}

function pairsOf(word: string): Set<string> {
  const text = word.toLowerCase();
  return new Set([...text].slice(1).map((letter, index) => `${text[index]}${letter}`));
}
