import type { MessageInitShape } from '@bufbuild/protobuf';
import type { OrganisationSchema } from '@billingrails/contracts/billingrails/access/v1/organisation_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { Organisation } from '../domain/organisation';
import { limitsToProto } from './rate-limits';

/** An organisation as it is shown. */
export function organisationToProto({
  id,
  testId,
  name,
  createMs,
  limits,
}: Organisation): MessageInitShape<typeof OrganisationSchema> {
  return {
    ...{ id, testOrganisationId: testId, name, createTime: toTimestamp(createMs) },
    ...(limits && { limits: limitsToProto(limits) }),
  };
}
