import { startHarness, type Harness } from '../testing/harness';
import { inSnapshot } from './snapshot';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(() => harness.close());

test('reads of one snapshot do not see what is written after the first of them', async () => {
  const { mongo } = harness;
  const first = mongo.db.collection<{ _id: string }>('first');
  const second = mongo.db.collection<{ _id: string }>('second');
  await first.insertOne({ _id: 'before' });
  await second.insertOne({ _id: 'before' });
  const seen = await inSnapshot(mongo, async (db, session) => {
    const ofFirst = await db.collection('first').findOne({}, { session });
    await second.insertOne({ _id: 'after' });
    const ofSecond = await db.collection('second').find({}, { session }).toArray();
    return [ofFirst?._id, ofSecond.map(({ _id }) => _id)];
  });
  expect(seen).toEqual(['before', ['before']]);
  expect(await second.countDocuments()).toBe(2);
});
