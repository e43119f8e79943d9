import { MongoClient, type Document, type WithId } from 'mongodb';

/** Collections that a run writes, by the service's database. */
const WRITTEN: readonly (readonly [string, readonly string[]])[] = [
  ['billing', ['bills', 'ledger']],
  ['invoicing', ['invoices']],
];
/** What waits in metering: usage for its buckets, changes to be told. */
const LEFT_TO_DO = [
  ['metering', 'usage_additions'],
  ['metering', 'usage_changes'],
] as const;
const AT_ONCE = 1_000;
const WRITE = { writeConcern: { w: 'majority' as const, journal: true }, ordered: false };

/** What a run has written, counted and written again. */
export class RunDocuments {
  readonly #client: MongoClient;

  constructor(mongodbUrl: string) {
    this.#client = new MongoClient(mongodbUrl);
  }

  /** Copies the one account with its subscription, and what is due of it, until there are so many. */
  async multiplySubscription(count: number, accountIdOf: (index: number) => string): Promise<void> {
    const db = this.#client.db('billing');
    const copies = async (name: string, copy: (document: Document, index: number) => Document) => {
      const [first] = await db.collection(name).find().toArray();
      const documents = Array.from({ length: count - 1 }, (_, index) =>
        copy(first ?? {}, index + 1),
      );
      for (let at = 0; at < documents.length; at += AT_ONCE)
        await db.collection(name).insertMany(documents.slice(at, at + AT_ONCE));
    };
    const withId = (document: Document, id: string): Document => {
      return { ...document, _id: { organisationId: document['_id'].organisationId, id } };
    };
    /** Ids end in digits of a base that has all of 0 to 9. */
    const subscriptionIdOf = ({ _id }: Document, index: number): string =>
      `${(_id as { id: string }).id.slice(0, -8)}${String(index).padStart(8, '0')}`;
    await copies('accounts', (document, index) => withId(document, accountIdOf(index)));
    await copies('subscriptions', (document, index) => ({
      ...withId(document, subscriptionIdOf(document, index)),
      accountId: accountIdOf(index),
    }));
    await copies('due', (document, index) => ({
      ...withId(document, subscriptionIdOf(document, index)),
      payerId: accountIdOf(index),
    }));
  }

  /**
   * Whether all that events have left to do is done: their usage lies in its buckets, and billing knows of what has
   * changed of each of so many subscriptions, as it is told of every event that is older than an hour.
   */
  async isSettled(subscriptions: number): Promise<boolean> {
    // What a transaction has taken away is gone for an estimate before it is committed.
    const countOf = ([database, name]: readonly [string, string]) =>
      this.#client.db(database).collection(name).countDocuments();
    const left = await Promise.all(LEFT_TO_DO.map(countOf));
    const marked = await countOf(['billing', 'usage_marks']);
    return left.every((count) => count === 0) && marked >= subscriptions;
  }

  /** How many bills and invoices there are. */
  async counts(): Promise<{ bills: number; invoices: number }> {
    const [bills, invoices] = await Promise.all([
      this.#client.db('billing').collection('bills').estimatedDocumentCount(),
      this.#client.db('invoicing').collection('invoices').estimatedDocumentCount(),
    ]);
    return { bills, invoices };
  }

  /**
   * Writes the very documents of bills, ledger and invoices into other databases with the same indexes, by insertMany
   * with nothing around: no reading, no deciding, no transaction, no progress, no bus. Returns how long it took.
   */
  async writeBare(): Promise<number> {
    const writes: { collection: string; database: string; documents: WithId<Document>[] }[] = [];
    for (const [database, collections] of WRITTEN)
      for (const name of collections) {
        const from = this.#client.db(database).collection(name);
        const documents = await from.find({}, { promoteLongs: false }).toArray();
        const bare = this.#client.db(`bare_${database}`);
        await bare.collection(name).drop();
        const indexes = await from.indexes();
        await bare.createCollection(name);
        for (const { key, v: _version, ns: _ns, ...options } of indexes)
          if (JSON.stringify(key) !== '{"_id":1}')
            await bare.collection(name).createIndex(key, options);
        for (let at = 0; at < documents.length; at += AT_ONCE)
          writes.push({
            ...{ database: `bare_${database}`, collection: name },
            documents: documents.slice(at, at + AT_ONCE),
          });
      }
    const startMs = performance.now();
    for (const { database, collection, documents } of writes)
      await this.#client.db(database).collection(collection).insertMany(documents, WRITE);
    return performance.now() - startMs;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
