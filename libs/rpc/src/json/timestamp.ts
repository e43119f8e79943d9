import { parseInstant } from '@billingrails/time';

/** What nobody needs to look at twice: every month has 28 days. */
const plain =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** What the runtime asks of a timestamp besides that it is one: capital letters, nine digits of a second at most. */
const readable = /^[\dT:-]+(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Whether the text names an instant by the one rule there is for all, in a form that the runtime reads. */
export function isTimestamp(text: string): boolean {
  return plain.test(text) || (readable.test(text) && parseInstant(text) !== undefined);
}
