import type { DescEnum } from '@bufbuild/protobuf';

const wordsByEnum = new WeakMap<DescEnum, ReadonlyMap<string, string>>();

/**
 * The name of the enum's value that `word` stands for: the name itself or the part that tells it from the others, in
 * any case and with its words joined in any way (`count_unique`, `CountUnique`, `AGGREGATION_METHOD_COUNT_UNIQUE`).
 */
export function enumValueName(desc: DescEnum, word: string): string | undefined {
  let words = wordsByEnum.get(desc);
  if (words === undefined) wordsByEnum.set(desc, (words = wordsOf(desc)));
  return words.get(plain(word));
}

/** The short words of an enum's values, but that which says nothing. */
export function enumWords(desc: DescEnum): string[] {
  return desc.values.filter(({ number }) => number !== 0).map(({ name }) => shortWord(desc, name));
}

function wordsOf(desc: DescEnum): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const { name } of desc.values) {
    words.set(plain(shortWord(desc, name)), name);
    words.set(plain(name), name);
  }
  return words;
}

function shortWord({ sharedPrefix = '' }: DescEnum, name: string): string {
  return name.toLowerCase().slice(sharedPrefix.length);
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[_ -]/g, '');
}
