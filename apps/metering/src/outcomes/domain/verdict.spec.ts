import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { MeterId, OrganisationId } from '@billingrails/ids';
import { compileDefinitions } from '../../meters/domain/definitions';
import { withoutProfiles, type Meter } from '../../meters/domain/meter';
import { placed, versionsFor } from '../../testing/merged-plans';
import { arrivals, ORGANISATION, profiles } from '../../testing/oracle/arbitraries';
import { oracleVerdict, type OracleProfile } from '../../testing/oracle/oracle';
import { IGNORING_COLLECTOR } from '../../usage/domain/usage-day';
import { meterEvent } from './chunk';
import { compileJudge, valueText } from './verdict';

function meterOf(all: readonly OracleProfile[], eventName: string): Meter {
  return {
    id: 'mtr_1' as MeterId,
    organisationId: ORGANISATION as OrganisationId,
    name: 'A meter',
    eventName,
    status: 'active',
    accountProperty: 'billingrails_account_id',
    profiles: all.flatMap((profile, index) =>
      versionsFor(profile, 1 + index * 10).map((version) => version.profile),
    ),
    defaultProfile: 'p1',
    createTimeMs: 0,
    updateTimeMs: 0,
  };
}

describe('what is said of an event is what it was counted as', () => {
  const wanted = fc.array(profiles, { minLength: 1, maxLength: 3 });

  test('by every version of every profile, but those that have yet to look at it', () => {
    fc.assert(
      fc.property(arrivals, wanted, fc.array(fc.nat()), (arrived, all, dice) => {
        const [{ eventName }] = all as [OracleProfile];
        const meter = meterOf(all, eventName);
        const numbers = meter.profiles.map(({ number }) => number);
        const pending = numbers.filter((_, index) => (dice[index] ?? 0) % 2 === 1);
        const judge = compileJudge([meter], pending);
        const looking = compileDefinitions(0, [withoutProfiles(meter, pending)]);
        for (const [index, { event }] of arrived.map(placed).entries()) {
          const { state, verdicts } = judge(event);
          const outcome = meterEvent(event, looking.profilesOf(eventName), IGNORING_COLLECTOR);
          expect(state).toBe(outcome.state);
          expect(verdicts).toHaveLength(numbers.length);
          const said = (kind: string) => verdicts.filter((one) => one.outcome === kind).length;
          expect(said('pending')).toBe(pending.length);
          expect(said('counted')).toBe(outcome.countedBy.length);
          expect(said('unusable')).toBe(outcome.unusableBy.length);
          if (pending.length > 0) continue;
          const counted = all.filter(
            (profile) => oracleVerdict(arrived[index] ?? failure(), profile).kind === 'counted',
          );
          expect(said('counted')).toBe(counted.length);
        }
      }),
      { numRuns: howMany(60, 200) },
    );
  });

  test('with the value that it was counted with', () => {
    expect(valueText(15n * 10n ** 17n)).toBe('1.5');
    expect(valueText(undefined)).toBe('');
    expect(['s:a"b', 'n:1e21', 'b:true', 'h:abc'].map(valueText)).toEqual([
      ...['"a\\"b"', '1e+21', 'true', '"sha256:abc"'],
    ]);
  });
});

function failure(): never {
  throw new Error('There is an event for each that arrived.');
}
