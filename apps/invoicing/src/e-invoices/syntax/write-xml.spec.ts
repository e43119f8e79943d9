import fc from 'fast-check';
import { create } from 'xmlbuilder2';
import { writeXml, type Content, type Elements } from './write-xml';

/** The same by a library that builds a tree. */
function byLibrary(document: Elements): string {
  const root = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '' }, {});
  return root.ele(document as Record<string, unknown>).end({ prettyPrint: true });
}

const text = fc.string({ minLength: 1, unit: 'binary' }).map((each) => `a${each.trim()}`);
const names = fc.constantFrom('a', 'b', 'x:c');
const leaf = fc.record({ '@unit': text, '#': text }, { noNullPrototype: true });
const content: fc.Arbitrary<Content> = fc.letrec<{ any: Content; elements: Elements }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    leaf,
    fc.array(text, { minLength: 1 }),
    tie('elements'),
  ),
  elements: fc.dictionary(names, tie('any'), {
    minKeys: 1,
    noNullPrototype: true,
  }) as fc.Arbitrary<Elements>,
})).any;

test('whatever stands in a document is written as a library writes it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(names, content, { minKeys: 1, noNullPrototype: true }),
      (elements) => {
        const document = { root: { '@xmlns:x': 'urn:x', ...elements } } as Elements;
        expect(writeXml(document)).toBe(byLibrary(document));
      },
    ),
  );
});

test('what is undefined is left out, what is empty stands without an end, and what XML cannot have is not written', () => {
  const document = { root: { a: undefined, b: '', c: {}, d: 'x\u0001<&>"\ud800y', e: ['1', '2'] } };
  expect(writeXml(document)).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<root>',
      '  <b/>',
      '  <c/>',
      '  <d>x&lt;&amp;&gt;"y</d>',
      '  <e>1</e>',
      '  <e>2</e>',
      '</root>',
    ].join('\n'),
  );
});
