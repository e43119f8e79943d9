import type { JsonObject } from '@billingrails/filters';
import { acceptBatch } from './accept-batch';
import { numberFaults, type NumberRule } from './number-rules';
import { contextAtArrival, eventWith, violationsOf } from './test-events';

const rule: NumberRule = {
  path: ['call', 'seconds'],
  meter: 'Calls',
  profile: 'seconds',
  method: 'sum',
  passes: ({ kind }) => kind === 'local',
  fromMs: 1_000,
  toMs: 2_000,
};
const local = (seconds?: JsonObject[string]): JsonObject => ({
  kind: 'local',
  call: seconds === undefined ? {} : { seconds },
});

describe('a value that is no number, where a profile that counts the event needs one', () => {
  test.each<[JsonObject[string]]>([['five'], [''], [' 5'], [true], [['5']], [{ value: 5 }]])(
    'is a fault: %j',
    (value) => {
      expect(numberFaults(local(value), 1_000, [rule])).toEqual([
        {
          path: ['call', 'seconds'],
          problem: 'must be a number: profile "seconds" of meter "Calls" needs it for its sum',
        },
      ]);
    },
  );

  test('is a fault also where it is a number with more digits than can be counted', () => {
    expect(numberFaults(local('1e99'), 1_000, [rule])[0]?.problem).toMatch(
      /^must be a number of at most 20 integer and 18 fraction digits: /,
    );
  });

  test.each<[JsonObject[string] | undefined]>([[5], [-0.5], ['5'], ['1e3'], [null], [undefined]])(
    'is not what a number is, or a string that holds one, or what is missing: %j',
    (value) => {
      expect(numberFaults(local(value), 1_000, [rule])).toEqual([]);
    },
  );

  test('is no fault in an event that the profile does not count', () => {
    expect(numberFaults({ ...local('five'), kind: 'abroad' }, 1_000, [rule])).toEqual([]);
    expect(numberFaults(local('five'), 999, [rule])).toEqual([]);
    expect(numberFaults(local('five'), 2_000, [rule])).toEqual([]);
    expect(numberFaults(local('five'), 1_999, [rule])).toHaveLength(1);
  });

  test('is one fault, however many profiles need it', () => {
    expect(numberFaults(local('five'), 1_000, [rule, { ...rule, profile: 'other' }])).toHaveLength(
      1,
    );
  });

  test('refuses the batch by its path', () => {
    const always = {
      ...rule,
      path: ['duration'],
      passes: () => true,
      fromMs: -Infinity,
      toMs: Infinity,
    };
    const context = contextAtArrival({
      numberRulesOf: (name) => (name === 'Song played' ? [always] : []),
    });
    const keyed = (
      idempotencyKey: string,
      duration: string | number,
      eventName = 'Song played',
    ) => ({
      ...eventWith({ duration }),
      idempotencyKey,
      eventName,
    });
    const events = [keyed('a', 1), keyed('b', 'five'), keyed('c', 'five', 'Song skipped')];
    expect(violationsOf(() => acceptBatch(events, context))).toEqual([
      'events[1].properties.duration: must be a number: profile "seconds" of meter "Calls" needs it for its sum',
    ]);
  });
});
