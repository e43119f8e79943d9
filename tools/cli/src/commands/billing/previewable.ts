import type { Command } from 'commander';
import type { DescMethod } from '@bufbuild/protobuf';
import type { CommonOptions, Context } from '../../context';
import type { JsonObject } from '../../rpc/connection';
import { callCommand, type CallCommand } from '../define';

/** A call that another method shows the effect of: with --preview that one is called, with the same request. */
export function previewable(
  spec: CallCommand,
  preview: DescMethod,
  show: (context: Context, answer: JsonObject, options: CommonOptions) => void,
  requestOf: (request: JsonObject) => JsonObject = withoutRequestId,
): Command {
  const command: Command = callCommand({
    ...spec,
    instead: async (context, request) => {
      const options = command.opts<CommonOptions & { preview?: boolean }>();
      if (!options.preview) return false;
      show(context, await context.call(preview, requestOf(request)), options);
      return true;
    },
  });
  return command.option('--preview', 'shows what it would bill, and changes nothing');
}

function withoutRequestId({ request_id: _, ...request }: JsonObject): JsonObject {
  return request;
}
