import type { OracleEvent, OracleProfile } from '../src/testing/oracle/oracle';

export const ORGANISATION = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3';
const NAMES = ['Song played', 'Message sent', 'API call'];
const ACCOUNT_COUNT = 2_000;
/** Both primes, so that the walk meets every account with every name, at scattered times. */
const STEP = 7_919;
const STEPS = 104_729;

/** Two profiles for each event name. */
export const PROFILES: readonly OracleProfile[][] = NAMES.map((eventName) => [
  { eventName, method: 'count', property: [], filters: [] },
  {
    eventName,
    method: 'sum',
    property: ['duration'],
    filters: [{ property: ['country'], operator: 'in', values: ['USA', 'DE'] }],
  },
]);

/** The nth event, about 250 bytes of properties: the same in every run, spread over `spreadMs` before `nowMs`. */
export function eventAt(index: number, nowMs: number, spreadMs: number): OracleEvent {
  const step = (index * STEP) % STEPS;
  const account = `acct_${step % ACCOUNT_COUNT}`;
  return {
    organisationId: ORGANISATION,
    accountId: account,
    eventName: NAMES[Math.floor(step / ACCOUNT_COUNT) % NAMES.length] ?? '',
    key: `event-${index}-0a1b2c3d4e5f`,
    timestampMs: nowMs - ((step * 2_654_435) % spreadMs),
    properties: JSON.stringify({
      song_id: `song-${step}`,
      artist: 'The Beatles',
      album: 'Abbey Road',
      duration: step % 600,
      seconds: (step % 6_000) / 10,
      country: step % 2 === 0 ? 'USA' : 'DE',
      device: { kind: 'phone', system: 'android', version: '14.0.1' },
      billingrails_account_id: account,
    }),
  };
}
