/** Which hosts are gone for good, by the word of a person and by what the members of etcd that live say of them. */
import type { Gone, Input } from '../../blueprint/input.js';
import { etcdctl } from '../../blueprint/components/etcd.js';
import { memberList } from '../../blueprint/components/etcd-first-start.js';
import type { Session } from '../../engine/session.js';
import { type Host, withRole } from '../../model/cluster.js';
import { etcdClientPort } from '../../model/components.js';
import { bin, pki } from '../../blueprint/render/paths.js';
import { readSeenEtcd, replacement } from '../../preflight/replace.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { Mistaken } from '../mistaken.js';

/** Throws Mistaken where one of them is not gone, or cannot be taken out. */
export async function goneFor(
  session: Pick<Session, 'spec' | 'ask'>,
  { facts, leaving = [] }: Pick<Input, 'facts' | 'leaving'>,
  names: readonly string[],
): Promise<readonly Gone[]> {
  const { spec } = session;
  const holders = spec.hosts.filter(({ name }) => facts.get(name)?.etcdDataExists);
  const answers = await session.ask(
    holders.map(host => ({ id: host.name, host: host.name, question: { ask: 'host', script: whoAnswers(host) } })),
  );
  const seen = holders.flatMap(({ name }) => {
    const answer = answers.get(name);
    return answer && 'raw' in answer ? [readSeenEtcd(answer.raw)] : [];
  });
  const found = replacement({ spec, facts, names, seen, leaving });
  if ('problems' in found) throw new Mistaken(found.problems);
  return found.gone;
}

/** For the question of consent; undefined: all that goes was seen to be empty. */
export const forGoodText = ({ spec, gone = [] }: Pick<Input, 'spec' | 'gone'>): string | undefined => {
  const unproven = gone.filter(
    ({ name, members }) => members.length > 0 || !spec.hosts.some(host => host.name === name),
  );
  if (unproven.length === 0) return undefined;
  const all = unproven
    .map(({ name, members }) => (members.length > 0 ? `${name} (${members.join(', ')})` : name))
    .join(' and ');
  const control = withRole(spec, 'controlPlane').some(({ name }) => unproven.some(one => one.name === name));
  return (
    `Nobody sees that ${all} is dead, and what it had in the cluster goes: its member of etcd, its Node and the pods ` +
    'on it. Were it to come back, it would serve an old state of the cluster' +
    `${control ? ' and claim the name of the host that comes in its place' : ''}: switch it off for good.`
  );
};

/** The list; `answers ADDRESS` for each member that reads by way of the quorum; `quorum` where this one does. */
const whoAnswers = (host: Host): Script => sh`list=$(${raw(memberList(etcdctl({ host })))})
printf '%s\n' "$list"
asked() { at_=$1; shift; ETCDCTL_API=3 ${bin}/etcdctl --endpoints="https://$at_:$port" --cacert=${pki}/etcd/ca.crt \
--cert=${pki}/etcd/healthcheck-client.crt --key=${pki}/etcd/healthcheck-client.key --command-timeout=3s "$@"; }
port=${etcdClientPort}
for at in $(printf '%s\n' "$list" | sed -n 's#.*, https://\\([0-9.]*\\):[0-9]*, .*#\\1#p'); do
  { asked "$at" get h >/dev/null 2>&1 && echo "answers $at"; } &
done
wait
if ${raw(etcdctl({ host }))} get h >/dev/null 2>&1; then echo quorum; fi`;
