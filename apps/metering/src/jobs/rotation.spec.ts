import type { OrganisationId } from '@billingrails/ids';
import { Rotation, type OwnWork } from './rotation';

/** Works by organisation, as a store finds them. */
function rotationOf(works: OwnWork[]): Rotation<OwnWork> {
  const firstAfter = (all: string[], after: string) => all.sort().find((one) => one > after);
  return new Rotation({
    nextOrganisation: async (after) =>
      firstAfter(
        works.map(({ organisationId }) => organisationId),
        after,
      ) as OrganisationId | undefined,
    nextOf: async (organisationId, after) => {
      const own = works.filter((work) => work.organisationId === organisationId);
      const id = firstAfter(
        own.map((work) => work.id),
        after,
      );
      return own.find((work) => work.id === id);
    },
  });
}

function work(organisation: string, id: string): OwnWork {
  return { organisationId: `org_${organisation}`, id };
}

async function turns(rotation: Rotation<OwnWork>, count: number): Promise<(string | undefined)[]> {
  const taken: (string | undefined)[] = [];
  for (let turn = 0; turn < count; turn += 1) taken.push((await rotation.next())?.id);
  return taken;
}

test('organisations take turns, and in each its works, whatever some have', async () => {
  const works = [work('a', '1'), work('a', '2'), work('a', '3'), work('b', '4'), work('c', '5')];
  const rotation = rotationOf(works);
  expect(await turns(rotation, 9)).toEqual(['1', '4', '5', '2', '4', '5', '3', '4', '5']);
  works.splice(0, 2);
  expect(await turns(rotation, 3)).toEqual(['3', '4', '5']);
});

test('what comes later has its turn in the next round, and where there is none there is none', async () => {
  const works: OwnWork[] = [];
  const rotation = rotationOf(works);
  expect(await turns(rotation, 2)).toEqual([undefined, undefined]);
  works.push(work('b', '1'));
  expect(await turns(rotation, 2)).toEqual(['1', '1']);
  works.push(work('a', '0'), work('b', '2'));
  expect(await turns(rotation, 3)).toEqual(['0', '2', '0']);
});
