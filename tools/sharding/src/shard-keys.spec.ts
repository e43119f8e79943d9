import { MongoClient, type IndexDescriptionInfo } from 'mongodb';
import { startPlatform, type Platform } from '@billingrails/stack';
import { SHARDED, UNSHARDED, type ShardedCollection } from './shard-keys';

let platform: Platform;
let client: MongoClient;

beforeAll(async () => {
  platform = await startPlatform();
  client = await MongoClient.connect(platform.stack.mongodbUrl);
});

afterAll(async () => {
  await client?.close();
  await platform?.stop();
});

const databases = Object.keys(UNSHARDED) as ShardedCollection['database'][];

test.each(databases)(
  'of every collection of %s it is decided whether it is sharded',
  async (name) => {
    const made = await client.db(name).listCollections({}, { nameOnly: true }).toArray();
    const decided = [
      ...UNSHARDED[name],
      ...SHARDED.flatMap(({ database, collection }) => (database === name ? [collection] : [])),
    ];
    expect(made.map((collection) => collection.name).sort()).toEqual(decided.sort());
  },
);

test.each(SHARDED)(
  'the collection $collection of $database has an index that begins with its shard key, and no unique one that does not',
  async ({ database, collection, key }) => {
    const indexes = await client.db(database).collection(collection).indexes();
    const isHashed = Object.values(key).includes('hashed');
    // The index of a hashed key is made with the key.
    expect(isHashed || indexes.some((index) => beginsWith(index, key))).toBe(true);
    const breaking = indexes.filter((index) => index.unique === true && !beginsWith(index, key));
    expect(breaking).toEqual([]);
  },
);

function beginsWith(index: IndexDescriptionInfo, key: ShardedCollection['key']): boolean {
  const ofIndex = Object.keys(index.key as Record<string, unknown>);
  return Object.keys(key).every((field, place) => ofIndex[place] === field);
}
