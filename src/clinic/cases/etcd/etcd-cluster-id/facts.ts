import { type EtcdMember, memberText } from '../../../read/etcd-members.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** `counted`: how the witness has it in its list of `members`; `line`: the member's own last words. */
export interface Witnessed {
  readonly witness: string;
  readonly counted: string;
  readonly members: readonly EtcdMember[];
  readonly line: string;
}

export type Facts = {
  readonly 'another-cluster': { readonly own: string; readonly others: string; readonly members: readonly string[] };
  readonly 'removed-member': Witnessed;
  readonly 'already-bootstrapped': Witnessed;
  readonly 'data-lost': Witnessed;
  /** `disk`: where it was mounted; absent: it is mounted, or never was a disk of its own. */
  readonly 'data-missing': Witnessed & { readonly disk?: string };
};

export function proof({ facts: { line, witness, members } }: Found<Witnessed>): readonly Quote[] {
  return [quoted('logs', 'etcd', line), quotedOn(witness, 'etcd', 'member list', members.map(memberText).join('\n'))];
}
