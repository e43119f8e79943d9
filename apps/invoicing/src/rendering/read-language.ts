import { invalid } from '@billingrails/errors';
import { LANGUAGES, WORDS, wordsOf, type Words } from './words';

/** The words of the language that a request asks for. Throws a DomainError of kind invalid at `field`. */
export function readLanguage(tag: string, field: string): Words {
  const words = tag === '' ? WORDS.en : wordsOf(tag);
  if (words !== undefined) return words;
  const description = `Documents are not written in "${tag}". Use one of ${LANGUAGES.join(', ')}.`;
  throw invalid('LANGUAGE_UNKNOWN', 'The document cannot be rendered.', [{ field, description }]);
}
