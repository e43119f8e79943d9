import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventInit, Scenario } from './scenario';

const month = { startMs: Date.UTC(2023, 9, 1), endMs: Date.UTC(2023, 10, 1) };

const accounts = [
  { id: 'acct_67890', name: 'Strawberry Fields Radio', plays: 1500 },
  { id: 'acct_club', name: 'Cavern Club', plays: 900 },
  { id: 'acct_quiet', name: 'Quiet Café', plays: 0 },
];

/** Somebody mixed up two digits of acct_67890: nobody is billed for these, and the demo shows it. */
const mistyped = { id: 'acct_67980', plays: 3 };

const songs = [
  { song_id: '12345', artist: 'The Beatles', album: 'Abbey Road', country: 'UK', duration: 259 },
  { song_id: '12346', artist: 'The Beatles', album: 'Help!', country: 'UK', duration: 125.5 },
  { song_id: '20001', artist: 'Nina Simone', album: 'Pastel Blues', country: 'USA', duration: 618 },
  { song_id: '20002', artist: 'Miles Davis', album: 'Kind of Blue', country: 'USA', duration: 562 },
  { song_id: '30001', artist: 'Kraftwerk', album: 'Autobahn', country: 'DE', duration: 1366.25 },
];

/** A month of a small music service: "Song played" for every play, "Storage measured" once a day. */
export const musicScenario: Scenario = {
  name: 'music',
  month,
  accounts: accounts.map(({ id, name }) => ({ id, name })),
  meters: [
    {
      name: 'Plays',
      eventName: 'Song played',
      profiles: [
        { code: 'plays', name: 'Plays', aggregationMethod: AggregationMethod.COUNT },
        {
          code: 'plays_usa',
          name: 'Plays of songs from the USA',
          aggregationMethod: AggregationMethod.COUNT,
          filters: [filter(['country'], 'in', 'USA')],
        },
        ofProperty('seconds', 'Seconds played', AggregationMethod.SUM, 'duration'),
        ofProperty('songs', 'Different songs', AggregationMethod.COUNT_UNIQUE, 'song_id'),
        ofProperty('longest', 'Longest play', AggregationMethod.MAX, 'duration'),
        ofProperty('shortest', 'Shortest play', AggregationMethod.MIN, 'duration'),
      ],
    },
    {
      name: 'Storage',
      eventName: 'Storage measured',
      profiles: [ofProperty('gib', 'Storage at the end', AggregationMethod.LATEST, 'gib')],
    },
  ],
  plan: {
    name: 'Music for business',
    currencyCode: 'USD',
    fees: [
      { name: 'Base fee', price: { model: { case: 'flat', value: { amount: '9.99' } } } },
      {
        name: 'Plays',
        unit: 'play',
        usage: { meter: 'Plays', profile: 'plays' },
        price: {
          model: {
            case: 'graduated',
            value: {
              tiers: [
                { upTo: '100', unitAmount: '0' },
                { upTo: '1000', unitAmount: '0.012' },
                { unitAmount: '0.0085' },
              ],
            },
          },
        },
      },
      {
        name: 'Storage',
        unit: 'GiB',
        usage: { meter: 'Storage', profile: 'gib' },
        price: { model: { case: 'perUnit', value: { unitAmount: '0.025' } } },
      },
    ],
  },
  limits: {
    ...{ feature: 'plays', meter: 'Plays', profile: 'plays' },
    byAccount: { acct_67890: '1600', acct_club: '900' },
  },
  eventCount: accounts.reduce((count, { plays }) => count + plays + 31, mistyped.plays),
  *events() {
    for (const account of accounts) {
      yield* playsOf(account);
      yield* storageOf(account.id);
    }
    yield* playsOf(mistyped);
  },
};

/** Plays spread evenly over the month; which song is a fixed, uneven pattern, so that every run is the same. */
function* playsOf({ id, plays }: { id: string; plays: number }): Generator<EventInit> {
  const everyMs = Math.floor((month.endMs - month.startMs) / Math.max(plays, 1));
  for (let play = 0; play < plays; play += 1) {
    const song = songs[(play * play + (play >> 2)) % songs.length];
    yield {
      eventName: 'Song played',
      idempotencyKey: `${id}-play-${play}`,
      timestamp: timestampFromMs(month.startMs + play * everyMs),
      properties: { ...song, billingrails_account_id: id },
    };
  }
}

function* storageOf(accountId: string): Generator<EventInit> {
  for (let day = 0; day < 31; day += 1) {
    yield {
      eventName: 'Storage measured',
      idempotencyKey: `${accountId}-storage-${day}`,
      timestamp: timestampFromMs(month.startMs + day * 86_400_000 + 3_600_000),
      properties: { billingrails_account_id: accountId, gib: 40 + day / 4 },
    };
  }
}

function ofProperty(
  code: string,
  name: string,
  aggregationMethod: AggregationMethod,
  aggregationProperty: string,
) {
  return { code, name, aggregationMethod, aggregationProperty };
}

function filter(path: readonly string[], operator: string, value: string) {
  return {
    property: {
      kind: {
        case: 'listValue' as const,
        value: {
          values: path.map((key) => ({ kind: { case: 'stringValue' as const, value: key } })),
        },
      },
    },
    operator,
    value: { kind: { case: 'stringValue' as const, value } },
  };
}
