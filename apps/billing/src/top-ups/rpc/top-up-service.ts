import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import {
  TopUpStatus,
  type TopUpRuleSchema,
  type TopUpTerms as TermsMessage,
} from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import { TopUpService } from '@billingrails/contracts/billingrails/billing/v1/top_up_service_pb';
import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { pageAfter, pageById, principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import type { ServiceParts } from '../../service-parts';
import type { TopUpRule } from '../domain/top-up-rule';
import { createRule, existingRule, setPause, updateRule } from '../use-cases/rules';
import { topUpToProto } from '../contract/top-up';
import { ruleToProto, termsFromProto } from './top-up-messages';

/** A rule with its plain fields. */
type RuleInit = Extract<MessageInitShape<typeof TopUpRuleSchema>, { $typeName?: never }>;

const position = z.strictObject({ after: z.int().min(1) });

/** Tops up credits by themselves. */
export function topUpService(parts: ServiceParts): ServiceImpl<typeof TopUpService> {
  const { mongo, clocks, topUpRules, topUps, nudgeCredits } = parts;
  const methods = TopUpService.method;

  /** Changes a rule once for its request, answers it and has it looked at. */
  const change = async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageShape<I> & { readonly requestId: string },
    context: HandlerContext,
    run: (session: ClientSession, organisationId: OrganisationId) => Promise<TopUpRule>,
  ): Promise<MessageShape<O>> => {
    const answer = await mutate(mongo, {
      method,
      request,
      caller: principalOf(context),
      async run(session, organisationId) {
        const rule = await run(session, organisationId);
        const { nowMs } = await clocks.presentOf(organisationId, rule.accountId, session);
        // The answers of all of them are the rule.
        const answered: unknown = { topUpRule: ruleToProto(rule, nowMs) };
        return answered as MessageInitShape<O>;
      },
    });
    nudgeCredits();
    return answer;
  };
  const shown = async (
    organisationId: OrganisationId,
    rules: readonly TopUpRule[],
  ): Promise<RuleInit[]> => {
    const presentOf = await clocks.presentsOf(
      organisationId,
      rules.map(({ accountId }) => accountId),
    );
    return rules.map((rule) => ruleToProto(rule, presentOf(rule.accountId).nowMs));
  };

  return {
    createTopUpRule: (request, context) =>
      change(methods.createTopUpRule, request, context, (session, organisationId) => {
        const { accountId, creditUnitId, subscriptionId } = request;
        const draft = { accountId, creditUnitId, subscriptionId, terms: termsOf(request) };
        return createRule(parts, session, organisationId, draft);
      }),

    updateTopUpRule: (request, context) =>
      change(methods.updateTopUpRule, request, context, (session, organisationId) => {
        const asked = { id: request.topUpRuleId, terms: termsOf(request) };
        return updateRule(parts, session, organisationId, asked);
      }),

    pauseTopUpRule: (request, context) =>
      change(methods.pauseTopUpRule, request, context, (session, organisationId) => {
        const asked = { id: request.topUpRuleId, pause: { reason: 'requested' } } as const;
        return setPause(parts, session, organisationId, asked);
      }),

    resumeTopUpRule: (request, context) =>
      change(methods.resumeTopUpRule, request, context, (session, organisationId) => {
        const asked = { id: request.topUpRuleId, pause: undefined };
        return setPause(parts, session, organisationId, asked);
      }),

    async getTopUpRule({ topUpRuleId }, context) {
      const { organisationId } = principalOf(context);
      const rule = await existingRule(parts, organisationId, topUpRuleId);
      const [topUpRule] = await shown(organisationId, [rule]);
      return { ...(topUpRule && { topUpRule }) };
    },

    async listTopUpRules(request, context) {
      const { organisationId } = principalOf(context);
      const { accountId, status } = request;
      const filter = accountId === '' ? undefined : { accountId };
      // Whether a rule is paused depends on its account's time: as many are read as a page takes.
      const { items, nextPageToken } = await pageById(request, async ({ afterId, limit }) => {
        const found: { readonly id: string; readonly rule: RuleInit }[] = [];
        for (let from = afterId; ;) {
          const rules = await topUpRules.list(organisationId, { afterId: from, limit }, filter);
          for (const [index, rule] of (await shown(organisationId, rules)).entries())
            if (status === TopUpStatus.UNSPECIFIED || rule.status === status)
              found.push({ id: rules[index]?.id ?? '', rule });
          const last = rules.at(-1);
          if (found.length >= limit || rules.length < limit || last === undefined)
            return found.slice(0, limit);
          from = last.id;
        }
      });
      return { topUpRules: items.map(({ rule }) => rule), nextPageToken };
    },

    async listTopUps({ topUpRuleId, ...page }, context) {
      const { organisationId } = principalOf(context);
      const { id } = await existingRule(parts, organisationId, topUpRuleId);
      const { items, nextPageToken } = await pageAfter(page, {
        position,
        list: (from, limit) =>
          topUps.list(organisationId, id, { afterNumber: from?.after ?? 0, limit }),
        positionOf: ({ number }) => ({ after: number }),
      });
      return { topUps: items.map(topUpToProto), nextPageToken };
    },
  };
}

function termsOf({ terms }: { readonly terms?: TermsMessage | undefined }) {
  assert(terms !== undefined, 'the contract requires terms');
  return termsFromProto(terms);
}
