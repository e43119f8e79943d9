import { de } from './de';
import { en } from './en';
import { es } from './es';
import { fr } from './fr';
import { ja } from './ja';
import type { Words } from './words';

export type { Words } from './words';

/** The languages that documents are written in. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

export const WORDS: Readonly<Record<Language, Words>> = { en, de, fr, es, ja };

/** The words of a language, of `de-AT` those of `de`; undefined where documents are not written in it. */
export function wordsOf(tag: string): Words | undefined {
  const [language = ''] = tag.toLowerCase().split('-');
  return LANGUAGES.some((one) => one === language) ? WORDS[language as Language] : undefined;
}
