import { invalid } from '@billingrails/errors';
import { cutForHeader, messageAlone, messageWithFirst } from './message';

const first = { field: 'fees[0].flat.amount', description: 'must be a decimal' };
const second = { field: 'name', description: 'is required' };

test.each([
  ['no violation', 'Wrong.', [], undefined, 'Wrong.'],
  ['one', 'Wrong.', [first], undefined, 'Wrong: fees[0].flat.amount: must be a decimal.'],
  [
    'two',
    'Wrong.',
    [first, second],
    undefined,
    'Wrong: fees[0].flat.amount: must be a decimal, and 1 more.',
  ],
  [
    'more than are listed',
    'Wrong.',
    [first],
    150,
    'Wrong: fees[0].flat.amount: must be a decimal, and 149 more.',
  ],
  [
    'one of the whole request',
    'Wrong.',
    [{ field: '', description: 'is empty' }],
    undefined,
    'Wrong: is empty.',
  ],
  [
    'a question',
    'Wrong.',
    [{ field: 'a', description: 'did you mean "b"?' }],
    undefined,
    'Wrong: a: did you mean "b"?',
  ],
])('the message of an error with %s', (_what, message, violations, violationCount, told) => {
  const error = invalid(
    'REQUEST_INVALID',
    message,
    violations,
    violationCount ? { violationCount } : {},
  );
  expect(messageWithFirst(error)).toBe(told);
  // As a service reads it that passes the error on and will add the violation again.
  expect(messageAlone(told, violations[0])).toBe(message);
});

test('a long description is cut in the message, between characters', () => {
  const description = '😀'.repeat(150);
  const told = messageWithFirst(
    invalid('REQUEST_INVALID', 'Wrong.', [{ field: 'a', description }]),
  );
  expect(told).toBe(`Wrong: a: ${'😀'.repeat(100)}….`);
  expect(messageAlone(told, { field: 'a', description })).toBe('Wrong.');
});

test('a message that was cut off on its way is found again all the same', () => {
  const long = { field: 'name', description: 'must not be '.padEnd(150, 'x') };
  const told = messageWithFirst(invalid('REQUEST_INVALID', 'Wrong.', [long]));
  expect(messageAlone(cutForHeader(told, 100), long)).toBe('Wrong.');
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc…'],
  ['aöb', 7, 'aö…'], // ö takes six, as %C3%B6
  ['aöb', 8, 'aöb'],
  ['😀', 11, '…'],
])('%s in %i characters of a header is %s', (text, lengthMax, cut) => {
  expect(cutForHeader(text, lengthMax)).toBe(cut);
});
