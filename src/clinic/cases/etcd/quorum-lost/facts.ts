import { type EtcdMember, memberText } from '../../../read/etcd-members.js';
import { type Quote, quotedOn } from '../../../read/quote.js';

/** As `host` has it. */
export interface MemberList {
  readonly host: string;
  readonly members: readonly EtcdMember[];
}

/** Voting members: how many there are, a quorum of them, and how many run. */
export interface Count {
  readonly total: number;
  readonly needed: number;
  readonly running: number;
  readonly list?: MemberList;
}

export interface Alone {
  readonly host: string;
  readonly endpoint: string;
  readonly errors: readonly string[];
}

export type Facts = {
  readonly 'members-stopped': Count;
  /** `asked`: hosts that can be asked; `stopped`: on purpose. */
  readonly 'members-gone': Count & { readonly asked: readonly string[]; readonly stopped: readonly string[] };
  /** `alone`: those whose member knows no leader. */
  readonly 'no-leader': { readonly needed: number; readonly alone: readonly Alone[] };
};

export const countText = ({ total, needed, running }: Count): string =>
  `etcd has ${total} voting members and needs ${needed} of them, but ${running} ${running === 1 ? 'runs' : 'run'}`;

export const listed = ({ list }: Count): readonly Quote[] =>
  list ? [quotedOn(list.host, 'etcd', 'member list', list.members.map(memberText).join('\n'))] : [];
