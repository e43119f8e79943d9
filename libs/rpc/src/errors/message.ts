import type { DomainError, Violation } from '@billingrails/errors';

type Told = Pick<DomainError, 'message' | 'violations' | 'violationCount'>;

const DESCRIPTION_LENGTH_MAX = 200;

/** So much of a violation behind its field tells it from other words. */
const TAIL_LENGTH_KEPT = 24;

/**
 * The error's message with its first violation, and how many more there are: "The plan cannot be created:
 * fees[0].flat.amount: must be …, and 2 more."
 */
export function messageWithFirst({ message, violations: [first], violationCount }: Told): string {
  if (first === undefined) return message;
  const told = message.replace(/\.$/, '') + tail(first);
  if (violationCount > 1) return `${told}, and ${violationCount - 1} more.`;
  return told.endsWith('?') ? told : `${told}.`;
}

/** The message that `messageWithFirst` made a longer one of; one that it did not make stays as it is. */
export function messageAlone(told: string, first: Violation | undefined): string {
  if (first === undefined) return told;
  // The end may have been cut off on its way.
  const at = told.indexOf(tail(first).slice(0, first.field.length + TAIL_LENGTH_KEPT));
  return at < 0 ? told : `${told.slice(0, at)}.`;
}

/** The beginning of the text that takes up to `lengthMax` characters of a header: what is not ASCII takes more. */
export function cutForHeader(text: string, lengthMax: number): string {
  let length = 0;
  let end = 0;
  for (const character of text) {
    length += character < '\u0080' ? 1 : 3 * Buffer.byteLength(character);
    if (length > lengthMax) return `${text.slice(0, end)}…`;
    end += character.length;
  }
  return text;
}

function tail({ field, description }: Violation): string {
  const place = field === '' ? '' : `${field}: `;
  return `: ${place}${cut(description)}`;
}

/** Between characters, never in the middle of one. */
function cut(description: string): string {
  if (description.length <= DESCRIPTION_LENGTH_MAX) return description;
  return `${description.slice(0, DESCRIPTION_LENGTH_MAX).replace(/[\ud800-\udbff]$/, '')}…`;
}
