import type { OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import {
  forecastGroups,
  forecastTransactions,
  forecastUsage,
  passedOf,
  type Forecast,
} from '../bills/domain/forecast';
import { answerOf } from './ask-usage';
import type {
  FoundMeter,
  GroupedUsageAnswer,
  Metering,
  UsageAnswer,
  UsageQuestion,
  UsagesQuestion,
} from './metering';

/** Metering as it will answer if the running cycle goes on by its pace so far: spans may end after the present. */
export function forecastMetering(metering: Metering, soFar: Period): Metering {
  const meters = new Map<string, Promise<FoundMeter | undefined>>();
  const findMeter = (organisationId: OrganisationId, meterId: string, signal?: AbortSignal) => {
    const found = meters.get(meterId) ?? metering.findMeter(organisationId, meterId, signal);
    meters.set(meterId, found);
    return found;
  };

  /** Asks for what the answer to the question is forecast from. */
  async function askedFor<Q extends Pick<UsageQuestion, AskedOf>, T>(
    ask: (question: Q) => Promise<T>,
    question: Q,
  ): Promise<Forecast<T>> {
    const { period, organisationId, meterProfile, signal } = question;
    const span = passedOf(period, soFar);
    const asking = ask({ ...question, period: soFar });
    const isSame = span?.startMs === soFar.startMs && span.endMs === soFar.endMs;
    const passing = span === undefined || isSame ? asking : ask({ ...question, period: span });
    const [pace, passed, meter] = await Promise.all([
      asking,
      passing,
      findMeter(organisationId, meterProfile.meterId, signal),
    ]);
    const addsUp = meter?.adding.has(meterProfile.profile) === true;
    return { period, soFar, pace, addsUp, ...(span === undefined ? {} : { passed }) };
  }

  const isOver = ({ period }: Pick<UsageQuestion, 'period'>) => period.endMs <= soFar.endMs;
  const usages = async (question: UsagesQuestion) => {
    if (isOver(question)) return metering.usages(question);
    const forecast = await askedFor(metering.usages, question);
    return eachOf<UsageAnswer>(forecast, (own) => ({ ...own.pace, ...forecastUsage(own) }));
  };
  return {
    ...metering,
    usages,
    usage: async ({ accountId, ...question }) =>
      answerOf(await usages({ ...question, accountIds: [accountId] }), accountId),
    async usagesByGroup(question) {
      if (isOver(question)) return metering.usagesByGroup(question);
      const forecast = await askedFor(metering.usagesByGroup, question);
      return eachOf<GroupedUsageAnswer>(forecast, (own) => ({
        ...own.pace,
        ...forecastGroups(own),
      }));
    },
    async transactions(question) {
      if (isOver(question)) return metering.transactions(question);
      return forecastTransactions(await askedFor(metering.transactions, question));
    },
  };
}

type AskedOf = 'organisationId' | 'meterProfile' | 'period' | 'signal';

/** What is forecast of each account. */
function eachOf<T>(
  { passed, pace, ...rest }: Forecast<ReadonlyMap<UsageQuestion['accountId'], T>>,
  forecastOf: (own: Forecast<T>) => T,
): Map<UsageQuestion['accountId'], T> {
  return new Map(
    [...pace].map(([id, own]) => {
      const before = passed?.get(id);
      return [id, forecastOf({ ...rest, pace: own, ...(before && { passed: before }) })];
    }),
  );
}
