import type { OfClock, TestClockStore } from '../store/test-clocks';

/** Looks once by the real time and once by each test clock at what is due by then. Tells whether there may be more. */
export async function byEachClock(
  testClocks: TestClockStore,
  nowMs: number,
  look: (untilMs: number, of: OfClock) => Promise<boolean>,
): Promise<boolean> {
  const clocks = await testClocks.all();
  const allBut = clocks.map(({ organisationId }) => organisationId);
  let more = await look(nowMs, { allBut });
  for (const { organisationId, currentMs } of clocks)
    more = (await look(currentMs, organisationId)) || more;
  return more;
}
