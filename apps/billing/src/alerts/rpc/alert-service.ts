import { AlertService } from '@billingrails/contracts/billingrails/billing/v1/alert_service_pb';
import { notFound } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import type { Alert } from '../domain/alert';
import { alertViolations } from '../domain/alert-draft';
import { createAlert, refuse, resolveWatched } from '../use-cases/create-alert';
import {
  alertEventToProto,
  alertToProto,
  figureFromProto,
  thresholdFromProto,
} from '../contract/alert';

/** Keeps alerts, and tells which have fired. */
export function alertService(parts: ServiceParts): ServiceImpl<typeof AlertService> {
  const { mongo, alerts, alertStates, alertEvents, accessStops, nudgeAlerts } = parts;
  return {
    async createAlert(request, context) {
      const answer = await mutate(mongo, {
        method: AlertService.method.createAlert,
        request,
        caller: principalOf(context),
        prepare(organisationId) {
          const { accountId } = request;
          const draft = { figure: figureFromProto(request.figure), accountId };
          return resolveWatched(parts, organisationId, draft, context.signal);
        },
        async run(session, organisationId, watched) {
          const { name, accountId } = request;
          const thresholds = request.thresholds.map(thresholdFromProto);
          const draft = { ...watched, name, accountId, thresholds };
          return { alert: alertToProto(await createAlert(parts, session, organisationId, draft)) };
        },
      });
      nudgeAlerts();
      return answer;
    },

    async getAlert({ alertId }, context) {
      const { organisationId } = principalOf(context);
      return { alert: alertToProto(await existing(parts, organisationId, alertId)) };
    },

    async listAlerts(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        alerts.list(organisationId, slice),
      );
      return { alerts: items.map(alertToProto), nextPageToken };
    },

    async updateAlert(request, context) {
      const answer = await mutate(mongo, {
        method: AlertService.method.updateAlert,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const { name, alertId } = request;
          const before = await existing(parts, organisationId, alertId, session);
          const thresholds = request.thresholds.map(thresholdFromProto);
          refuse(alertViolations({ ...before, thresholds }));
          const alert = { ...before, name, thresholds };
          await alerts.update(organisationId, alert, session);
          if (!thresholds.some(({ stopsAccess }) => stopsAccess))
            await accessStops.remove(organisationId, alert.id, session);
          return { alert: alertToProto(alert) };
        },
      });
      nudgeAlerts();
      return answer;
    },

    deleteAlert: (request, context) =>
      mutate(mongo, {
        method: AlertService.method.deleteAlert,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const { id } = await existing(parts, organisationId, request.alertId, session);
          await alerts.remove(organisationId, id, session);
          await alertStates.remove(organisationId, id, session);
          await accessStops.remove(organisationId, id, session);
          return {};
        },
      }),

    async listAlertEvents(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.alertId === '' ? undefined : { alertId: request.alertId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        alertEvents.list(organisationId, slice, filter),
      );
      return { alertEvents: items.map(alertEventToProto), nextPageToken };
    },
  };
}

async function existing(
  { alerts }: ServiceParts,
  organisationId: OrganisationId,
  alertId: string,
  session?: ClientSession,
): Promise<Alert> {
  const alert = await alerts.find(organisationId, alertId, session);
  if (alert === undefined) throw notFound('ALERT_NOT_FOUND', 'There is no alert of that id.');
  return alert;
}
