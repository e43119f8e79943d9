import * as fc from 'fast-check';
import { cellsOf, CSV, NDJSON, safeText, timeText, type Cell, type ColumnOf } from './cells';

interface Row {
  readonly name: string;
  readonly amount?: string;
  readonly open: boolean;
}
const columns: readonly ColumnOf<Row>[] = [
  { name: 'name', kind: 'text', cell: ({ name }) => name },
  { name: 'amount', kind: 'number', cell: ({ amount }) => amount },
  { name: 'open', kind: 'flag', cell: ({ open }) => open },
];
const csv = (row: Row) => CSV.row(columns, cellsOf(columns, row));

test('a head line, and a line a row with CR and LF; what is not there is empty', () => {
  expect(CSV.head(columns)).toBe('name,amount,open\r\n');
  expect(csv({ name: 'Fee', amount: '-5.00', open: true })).toBe('Fee,-5.00,true\r\n');
  expect(csv({ name: '', open: false })).toBe(',,false\r\n');
});

test.each([
  ['=1+1', `'=1+1`],
  ['+49 30', `'+49 30`],
  ['-5', `'-5`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['\tx', `"'\tx"`],
  ['\rx', `"'\rx"`],
  ['\nx', `"'\nx"`],
  ['\uFF1D1', `'\uFF1D1`],
  [`'quoted`, `''quoted`],
  ['=cmd|"x"', `"'=cmd|""x"""`],
  ['a,b', '"a,b"'],
  ['a;=1', '"a;=1"'],
  ['say "hi"', '"say ""hi"""'],
  [' x', '" x"'],
  ['a=1', 'a=1'],
  ['Größe 東京 🎧', 'Größe 東京 🎧'],
])('text %j is written %j', (name, written) => {
  expect(csv({ name, open: true })).toBe(`${written},,true\r\n`);
});

test('a JSON object a line, as it is: texts, true and false, null', () => {
  const line = NDJSON.row(columns, cellsOf(columns, { name: '=1\n', open: true }));
  expect(line).toBe('{"name":"=1\\n","amount":null,"open":true}\n');
  expect(NDJSON.head(columns)).toBe('');
});

test('times are of UTC, with milliseconds where there are some', () => {
  expect(timeText(Date.UTC(2026, 9, 1))).toBe('2026-10-01T00:00:00Z');
  expect(timeText(Date.UTC(2026, 9, 1) + 5)).toBe('2026-10-01T00:00:00.005Z');
});

/** Reads what RFC 4180 says, a character at a time. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], '', false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quoted && char === '"' && text.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === ',') [row, cell] = [[...row, cell], ''];
    else if (!quoted && char === '\r' && text.charAt(at + 1) === '\n') {
      rows.push([...row, cell]);
      [row, cell] = [[], ''];
      at += 1;
    } else cell += char;
  }
  return rows;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ';', "'", 'a'),
  }),
);

test('any text is read back by who takes one apostrophe away, and none begins like a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 3, maxLength: 3 })), (rows) => {
      const three = [0, 1, 2].map((place) => ({ name: String(place), kind: 'text' as const }));
      const read = readCsv(rows.map((cells: Cell[]) => CSV.row(three, cells)).join(''));
      for (const cell of read.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
      expect(read.map((cells) => cells.map((cell) => cell.replace(/^'/, '')))).toEqual(rows);
    }),
  );
  expect(safeText('')).toBe('');
});
