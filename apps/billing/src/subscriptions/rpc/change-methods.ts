import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf';
import {
  SubscriptionService,
  type CreateOneOffChargeRequest,
  type PreviewChangeRequest,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert, invalid } from '@billingrails/errors';
import { plainDecimal } from '@billingrails/money';
import { mutate } from '@billingrails/mongo';
import { decodePageToken, encodePageToken, pageSize, principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { billToProto } from '../../bills/contract/bill';
import type { SubscriptionParts } from '../../service-parts';
import {
  cancellationFromProto,
  changeFromProto,
  conversionFromProto,
  pauseFromProto,
  resumeFromProto,
} from '../contract/change';
import { factToProto, renewalToProto } from '../contract/fact';
import type { Asked, UncheckedChange } from '../domain/asked';
import { factsOf } from '../domain/facts-of';
import { renewalsUntil } from '../domain/minimum-term/running-term';
import { previewChange } from '../use-cases/change';
import { checkFees } from '../use-cases/check-fees';
import { chargeOnce, type OneOffCharge } from '../use-cases/charge-once';
import { existing } from '../use-cases/existing';
import { changeOnce, stillCounted } from './change-request';

type ChangeMethods = Pick<
  ServiceImpl<typeof SubscriptionService>,
  | 'changeSubscription'
  | 'pauseSubscription'
  | 'resumeSubscription'
  | 'convertTrial'
  | 'cancelSubscription'
  | 'cancelScheduledChange'
  | 'previewChange'
  | 'listSubscriptionEvents'
  | 'createOneOffCharge'
>;

const position = z.strictObject({ after: z.int().min(1) });

/** What changes a subscription, and what shows its changes. */
export function changeMethods(parts: SubscriptionParts): ChangeMethods {
  const { mongo, nudge } = parts;
  const methods = SubscriptionService.method;
  const apply = <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageShape<I> & { readonly subscriptionId: string; readonly requestId: string },
    context: HandlerContext,
    prepare: () => Asked | Promise<Asked>,
  ) => changeOnce(parts, principalOf(context), method, request, prepare);
  return {
    changeSubscription: (request, context) =>
      apply(methods.changeSubscription, request, context, () => {
        const { organisationId } = principalOf(context);
        const asked = changeFromProto(required(request.change));
        return checkFees(parts, organisationId, request.subscriptionId, asked, context.signal);
      }),

    pauseSubscription: (request, context) =>
      apply(methods.pauseSubscription, request, context, () =>
        pauseFromProto(required(request.pause)),
      ),

    resumeSubscription: (request, context) =>
      apply(methods.resumeSubscription, request, context, () =>
        resumeFromProto(required(request.resume)),
      ),

    convertTrial: (request, context) =>
      apply(methods.convertTrial, request, context, () =>
        conversionFromProto(required(request.conversion)),
      ),

    cancelSubscription: (request, context) =>
      apply(methods.cancelSubscription, request, context, () => cancellationFromProto(request, '')),

    cancelScheduledChange: (request, context) =>
      apply(methods.cancelScheduledChange, request, context, () => ({
        kind: 'take_back',
        number: request.number,
        allowDuplicate: request.allowDuplicate,
        allowSharedUsage: request.allowSharedUsage,
      })),

    async previewChange(request, context) {
      const { organisationId } = principalOf(context);
      const { subscriptionId } = request;
      const { signal } = context;
      const toShow = askedToShow(request);
      const asked =
        toShow.kind === 'change'
          ? await checkFees(parts, organisationId, subscriptionId, toShow, signal)
          : toShow;
      const shown = await previewChange(parts, organisationId, subscriptionId, asked, signal);
      if (shown === undefined) throw stillCounted();
      const { bill, bills } = shown;
      return {
        ...(bill && { bill: billToProto(bill) }),
        bills: bills.map((bill) => billToProto(bill)),
      };
    },

    async listSubscriptionEvents(request, context) {
      const { organisationId } = principalOf(context);
      const subscription = await existing(parts, organisationId, request.subscriptionId);
      const { nowMs } = await parts.clocks.presentOf(organisationId, subscription.accountId);
      const known = [
        ...factsOf(subscription).map((fact) => ({ ms: fact.knownMs, event: factToProto(fact) })),
        ...renewalsUntil(subscription, nowMs).map((term) => {
          return { ms: term.startMs, event: renewalToProto(term) };
        }),
      ].sort((a, b) => a.ms - b.ms);
      const { pageToken } = request;
      const after = pageToken === '' ? 0 : decodePageToken(pageToken, position).after;
      const until = after + pageSize(request.pageSize);
      return {
        events: known.slice(after, until).map(({ event }) => event),
        nextPageToken: until < known.length ? encodePageToken({ after: until }) : '',
      };
    },

    async createOneOffCharge(request, context) {
      const answer = await mutate(mongo, {
        method: methods.createOneOffCharge,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        run: (session, organisationId) =>
          chargeOnce(parts, session, organisationId, oneOffOf(request)),
      });
      nudge();
      return answer;
    },
  };
}

/** What would be asked; the fees of a change are not looked at yet. */
type AskedToShow = Exclude<Asked, { kind: 'change' }> | UncheckedChange;

function askedToShow(request: PreviewChangeRequest): AskedToShow {
  const { change, pause, resume, conversion, cancellation, takenBackNumber: number } = request;
  const besides = { allowDuplicate: true, allowSharedUsage: true };
  const asked: AskedToShow[] = [
    ...(change === undefined ? [] : [changeFromProto(change)]),
    ...(pause === undefined ? [] : [pauseFromProto(pause)]),
    ...(resume === undefined ? [] : [resumeFromProto(resume)]),
    ...(conversion === undefined ? [] : [conversionFromProto(conversion)]),
    ...(cancellation === undefined ? [] : [cancellationFromProto(cancellation, 'cancellation.')]),
    ...(number === 0 ? [] : [{ kind: 'take_back', number, ...besides } as const]),
  ];
  const [one, another] = asked;
  if (one !== undefined && another === undefined) return one;
  const violation = {
    field: 'change',
    description:
      'exactly one of change, pause, resume, conversion, cancellation and taken_back_number is required',
  };
  throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [violation]);
}

function required<T>(message: T | undefined): T {
  assert(message !== undefined, 'the contract requires it');
  return message;
}

function oneOffOf(request: CreateOneOffChargeRequest): OneOffCharge {
  const { subscriptionId, description, amount, billNow } = request;
  return {
    subscriptionId,
    description,
    amount: plainDecimal(amount),
    billed: billNow ? 'now' : 'next',
  };
}
