import { DomainError } from '@billingrails/errors';
import type { ApiKeyId, OrganisationId } from '@billingrails/ids';
import type { PrincipalLimits } from './rate-limits';
import { BURST_SECONDS, Rates } from './rates';

let nowMs = 0;
const who = (limits: Partial<PrincipalLimits>, keyId = 'key_1', organisationId = 'org_1') => ({
  keyId: keyId as ApiKeyId,
  organisationId: organisationId as OrganisationId,
  limits: { key: {}, organisation: {}, ...limits },
});
const ratesNow = (): Rates => new Rates(() => nowMs);

function refusalOf(act: () => void): DomainError {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('It was let through.');
}

test('what was not used for some seconds can be used at once, and no more', () => {
  const rates = ratesNow();
  const caller = who({ organisation: { calls: 10 } });
  for (let n = 0; n < 10 * BURST_SECONDS; n += 1) rates.take(caller, { calls: 1 });
  const error = refusalOf(() => rates.take(caller, { calls: 1 }));
  expect(error).toMatchObject({
    ...{ kind: 'exhausted', reason: 'RATE_LIMITED', retryAfterMs: 100 },
    metadata: { limit: 'calls', limit_of: 'organisation', limit_per_second: '10' },
  });
  nowMs += 100;
  rates.take(caller, { calls: 1 });
  expect(rates.refused('calls', 'organisation')).toBe(1);
  nowMs += 3_600_000;
  for (let n = 0; n < 10 * BURST_SECONDS; n += 1) rates.take(caller, { calls: 1 });
  refusalOf(() => rates.take(caller, { calls: 1 }));
});

test('what is larger than all that is left is let through, and owed', () => {
  const rates = ratesNow();
  const caller = who({ key: { events: 10 } });
  rates.take(caller, { events: 100 });
  // 50 are owed.
  const error = refusalOf(() => rates.take(caller, { events: 1 }));
  expect(error.metadata).toMatchObject({ limit: 'events', limit_of: 'key' });
  expect(error.retryAfterMs).toBe(5_100);
  nowMs += 5_100;
  rates.take(caller, { events: 1 });
});

test('keys of an organisation share its limit, and nobody takes from another', () => {
  const rates = ratesNow();
  const limits = { organisation: { calls: 1 } };
  rates.take(who(limits), { calls: BURST_SECONDS });
  refusalOf(() => rates.take(who(limits, 'key_2'), { calls: 1 }));
  rates.take(who(limits, 'key_3', 'org_2'), { calls: 1 });
  rates.take(who({}, 'key_4'), { calls: 1 });
});

test('what one limit refuses is not taken from another', () => {
  const rates = ratesNow();
  const caller = who({ key: { calls: 1, bytes: 1 } });
  rates.take(caller, { bytes: BURST_SECONDS });
  for (let n = 0; n < 2 * BURST_SECONDS; n += 1)
    expect(refusalOf(() => rates.take(caller, { calls: 1, bytes: 0 })).metadata).toMatchObject({
      limit: 'bytes',
    });
  rates.take(caller, { calls: BURST_SECONDS });
});

test('bytes that come beyond those that were declared are owed', () => {
  const rates = ratesNow();
  const caller = who({ key: { bytes: 10 } });
  const count = rates.counter(caller, 30);
  rates.take(caller, { bytes: 30 });
  count?.(20);
  count?.(10);
  rates.take(caller, { bytes: 0 });
  count?.(20);
  refusalOf(() => rates.take(caller, { bytes: 0 }));
  expect(rates.counter(who({ key: { calls: 1 } }), 0)).toBeUndefined();
});
