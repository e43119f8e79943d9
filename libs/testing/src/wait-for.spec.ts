import { waitFor } from './wait-for';

test('what the condition returns at last is returned; a throw means not yet', async () => {
  let tries = 0;
  const value = await waitFor(
    () => {
      tries += 1;
      if (tries === 1) throw new Error('not there');
      return tries > 2 ? 'there' : undefined;
    },
    { what: 'it' },
  );
  expect(value).toBe('there');
});

test.each([
  ['returned', () => false, 'the last try gave false'],
  ['threw', () => Promise.reject(new Error('not there')), 'the last try threw Error: not there'],
])('in vain: what the last try %s is told', async (_what, condition, told) => {
  const waiting = waitFor(condition, { what: 'the invoice', timeoutMs: 30 });
  await expect(waiting).rejects.toThrow(`Waited 30 ms for the invoice, in vain: ${told}`);
});
