import type { AnyDesc, DescFile } from '@bufbuild/protobuf';
import { getComments } from '@bufbuild/protoplugin';

/** What is written before a thing of a contract, as one paragraph; empty where nothing is. */
export function commentOf(desc: Exclude<AnyDesc, DescFile>): string {
  return (getComments(desc).leading ?? '').replace(/\s+/g, ' ').trim();
}

/** The first sentence. */
export function summaryOf(text: string): string {
  return (/^.*?[.](?=\s|$)/.exec(text)?.[0] ?? text).replace(/\.$/, '');
}
