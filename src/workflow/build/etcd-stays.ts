/**
 * Refuses a file that would move etcd, found a second one, or change a key that is final: the mistakes that a cluster
 * does not survive.
 */
import type { Gone, Input } from '../../blueprint/input.js';
import { etcdctl } from '../../blueprint/components/etcd.js';
import { memberList } from '../../blueprint/components/etcd-first-start.js';
import { etcdMoved, hasQuorum, toAsk } from '../../blueprint/components/etcd-members.js';
import type { Session } from '../../engine/session.js';
import type { Host } from '../../model/cluster.js';
import type { HostFacts } from '../../model/host-facts.js';
import { finalKeys } from '../../plan/final-keys.js';
import { etcdFounding, type RememberedEtcd } from '../../preflight/etcd-founding.js';
import { movesAtOnce } from '../../preflight/moving.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { Mistaken } from '../mistaken.js';

export interface Staying {
  /** The CA on the control machine, PEM. */
  readonly ca?: string;
  readonly remembered?: RememberedEtcd;
  /** The cluster's name: what its old etcd held is given up. */
  readonly newEtcd?: string | undefined;
  /** Hosts that are gone for good. */
  readonly gone?: readonly Gone[] | undefined;
  /** With the hosts that leave the file, which etcd lets go; absent: none does. */
  readonly whole?: Pick<Input, 'spec' | 'facts'> | undefined;
}

/**
 * Asks the hosts a second time only where their units and the file disagree. Throws Mistaken.
 * @returns whether an old etcd is given up: it would have been refused without the phrase.
 */
export async function etcdStays(
  session: Pick<Session, 'spec' | 'ask'>,
  facts: ReadonlyMap<string, HostFacts>,
  { ca, remembered = {}, newEtcd, gone = [], whole }: Staying = {},
): Promise<boolean> {
  const { spec } = session;
  const all = whole ?? { spec, facts };
  const asked = toAsk(all.spec, all.facts);
  const answers =
    asked.length === 0
      ? new Map<string, never>()
      : await session.ask(
          asked.map(host => ({
            id: host.name,
            host: host.name,
            question: { ask: 'host', script: membersAndQuorum(host) },
          })),
        );
  const lists = new Map(
    [...answers].flatMap(([host, answer]) => ('raw' in answer ? [[host, answer.raw] as const] : [])),
  );
  const left = gone.flatMap(({ members }) => members);
  const moved = etcdMoved(all.spec, all.facts, lists, left);
  const quorum = hasQuorum(lists);
  const founded = moved.length > 0 ? [] : etcdFounding(spec, facts, remembered, { given: newEtcd, quorum });
  const problems = [...moved, ...founded, ...movesAtOnce({ spec, facts, gone }), ...finalKeys(spec, facts, ca)];
  if (problems.length > 0) throw new Mistaken(problems);
  return newEtcd !== undefined && etcdFounding(spec, facts, remembered, { quorum }).length > 0;
}

const membersAndQuorum = (host: Host): Script => {
  const ctl = etcdctl({ host });
  return sh`${raw(memberList(ctl))}; if ${raw(ctl)} get h >/dev/null 2>&1; then echo quorum; fi`;
};
