const rfc3339Shape =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?\d*(?:([Zz])|([+-]\d{2}:?\d{2}))?$/;
const secondsShape = /^(\d{1,11})(?:\.(\d{1,9})\d*)?$/;

const MS = 1_000;

/**
 * An instant as senders write it, as RFC 3339: RFC 3339 itself, the same without a zone (which is UTC), or seconds
 * since 1970 as a number or a text. Undefined when it is none of these.
 */
export function instantFrom(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const [, seconds, fraction] = secondsShape.exec(text) ?? [];
  if (seconds !== undefined) {
    const [whole = ''] = new Date(Number(seconds) * MS).toISOString().split('.');
    return `${whole}${fraction === undefined ? '' : `.${fraction}`}Z`;
  }
  const [, day, time, part = '', , offset] = rfc3339Shape.exec(text) ?? [];
  if (day === undefined) return undefined;
  const zone = offset === undefined ? 'Z' : offset.replace(/(\d{2}):?(\d{2})$/, '$1:$2');
  return `${day}T${time}${part}${zone}`;
}
