// Source maps as small as stack traces need them: node reads the map of a service when it starts, and all of its
// mappings when the first trace is asked for. Written for maps of bundles that are not minified.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const MORE = 32;
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/** The map with less of the sources that are not `own`: of these it tells the lines exactly, but not the columns. */
export function thinMap(map, own) {
  const isOwn = map.sources.map(own);
  const [read, written] = [
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ];
  const lines = map.mappings.split(';').map((line) => {
    // Columns begin anew on each line; all else is counted on from the mapping before.
    read[0] = written[0] = 0;
    let [source, sourceLine] = [];
    const kept = [];
    for (const text of line === '' ? [] : line.split(',')) {
      const fields = decoded(text).map((difference, index) => (read[index] += difference));
      const isElsewhere = fields[1] !== source || fields[2] !== sourceLine;
      if (isElsewhere || isOwn[source]) kept.push(encoded(fields, written));
      [, source, sourceLine] = fields;
    }
    return kept.join(',');
  });
  return { ...map, mappings: lines.join(';') };
}

function decoded(text) {
  const numbers = [];
  let [number, shift] = [0, 0];
  for (const digit of text) {
    const value = VALUES.get(digit);
    number |= (value & (MORE - 1)) << shift;
    shift += 5;
    if (value & MORE) continue;
    numbers.push(number & 1 ? -(number >> 1) : number >> 1);
    [number, shift] = [0, 0];
  }
  return numbers;
}

function encoded(fields, written) {
  return fields
    .map((field, index) => {
      const difference = field - written[index];
      written[index] = field;
      let rest = difference < 0 ? (-difference << 1) | 1 : difference << 1;
      let digits = '';
      for (; rest >= MORE; rest >>= 5) digits += DIGITS[(rest & (MORE - 1)) | MORE];
      return digits + DIGITS[rest];
    })
    .join('');
}
