import type { Document } from 'mongodb';
import { startHarness, type Harness } from '../testing/harness';
import { findAlone, findJointly, type Find } from './find';
import { inSnapshot, together } from './snapshot';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
  const { db } = harness.mongo;
  await db.collection<{ _id: string }>('small').insertMany([{ _id: 'a' }, { _id: 'b' }]);
  const many = Array.from({ length: 2_500 }, (_, n) => ({ n, f: 1, d: { e: n } }));
  await db.collection('many').insertMany(many);
});

afterAll(() => harness.close());

async function all(documents: AsyncIterable<Document>): Promise<Document[]> {
  const found: Document[] = [];
  for await (const document of documents) found.push(document);
  return found;
}

/** Four finds: of two collections, of one that is not there, and of one twice. */
function ask(find: Find) {
  return together([
    all(find<{ _id: string }>('small', { _id: 'b' })),
    all(find('many', { n: { $lt: 2_000 } }, { _id: 0, d: 1 })),
    all(find('nowhere', {})),
    all(find('many', { n: 7 }, { _id: 0, f: 1 })),
  ]);
}

test('finds find the same, together as alone', async () => {
  const { mongo } = harness;
  const [jointly, alone] = await together([
    inSnapshot(mongo, (db, session) => ask(findJointly(db, session))),
    inSnapshot(mongo, (db, session) => ask(findAlone(db, session))),
  ]);
  expect(jointly[1]).toHaveLength(2_000);
  expect(jointly[3]).toEqual([{ f: 1 }]);
  expect(jointly).toEqual(alone);
});

test('the first finds that go together are one query and decide for the moment', async () => {
  const { mongo } = harness;
  const seen = await inSnapshot(mongo, async (db, session) => {
    const find = findJointly(db, session);
    const [first, again] = await together([all(find('small', {})), all(find('nowhere', {}))]);
    await mongo.db.collection<{ _id: string }>('small').insertOne({ _id: 'c' });
    return [first, again, await all(find('small', {}))].map((found) => found.length);
  });
  expect(seen).toEqual([2, 0, 2]);
});

test('what fails is told to all who asked together, and those after it are asked all the same', async () => {
  const { mongo } = harness;
  await inSnapshot(mongo, async (db, session) => {
    const find = findJointly(db, session);
    const wrong = all(find('small', { $nonsense: 1 } as Document));
    const [first, second] = await Promise.allSettled([wrong, all(find('many', { n: 7 }))]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    expect(await all(find('many', { n: 7 }))).toHaveLength(1);
  });
});
