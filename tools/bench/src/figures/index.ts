import type { Figure } from '../figure';
import { access } from './access';
import { alerts } from './alerts';
import { backfill } from './backfill';
import { billingRun } from './billing-run';
import { fairness } from './fairness';
import { importing } from './import';
import { ingest } from './ingest';
import { metering } from './metering';
import { monthQuery } from './month-query';
import { unique } from './unique';
import { visible } from './visible';
import { webhooks } from './webhooks';
import { wholePath } from './whole-path';

/** In the order they are measured: first those with servers of their own, then those on one platform, as it fills. */
export const FIGURES: readonly Figure[] = [
  ingest,
  fairness,
  metering,
  billingRun,
  webhooks,
  wholePath,
  importing,
  visible,
  access,
  alerts,
  monthQuery,
  unique,
  backfill,
];
