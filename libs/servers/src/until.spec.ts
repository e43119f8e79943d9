import { StackError } from './errors';
import { until } from './until';

const options = { what: 'the moon', timeoutMs: 200, intervalMs: 1, remedy: 'Look up.' };

test('what the first successful try returns is returned', async () => {
  let tries = 0;
  const value = await until(async () => {
    tries += 1;
    if (tries === 1) throw new Error('cloudy');
    return tries > 2 && 'full';
  }, options);
  expect(value).toBe('full');
});

test('in vain: what was waited for, the last failure and the remedy are told', async () => {
  const waiting = until(() => Promise.reject(new Error('cloudy')), options);
  await expect(waiting).rejects.toThrow(StackError);
  await expect(waiting).rejects.toThrow(/for the moon, in vain.*cloudy\nLook up\./s);
});

test('when there is no hope left, the rest of the time is not waited', async () => {
  const hopeless = () => 'The sky fell down.';
  const waiting = until(async () => false, { ...options, timeoutMs: 3_600_000, hopeless });
  await expect(waiting).rejects.toThrow('The sky fell down.');
});
