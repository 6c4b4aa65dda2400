/**
 * What is left in the cluster of hosts that are gone for good (`kw replace`): their members of etcd and their Nodes.
 * Both go before the hosts that come in their place begin.
 */
import { type Host, withRole } from '../../model/cluster.js';
import { apiserverPort, etcdClientPort, etcdPeerPort } from '../../model/components.js';
import { clusterHost, type Resource, type ResourceId } from '../../model/resource.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { etcdHosts } from '../access/certificates.js';
import type { Input } from '../input.js';
import { adminConf, bin, pki } from '../render/paths.js';
import { want } from '../wanted.js';

type Known = Pick<Input, 'spec' | 'facts' | 'gone'>;

/** Who removes them: a member that has lived. */
const remover = ({ spec, facts }: Known): Host | undefined =>
  etcdHosts(spec).find(({ name }) => facts.get(name)?.etcdDataExists && facts.get(name)?.lived?.includes('member'));

/** Whoever comes in their place may have the unit of an API server, from a run that was cut off, and none that runs. */
const speaker = ({ spec, facts, gone = [] }: Known): Host | undefined =>
  withRole(spec, 'controlPlane').find(
    ({ name }) => facts.get(name)?.built?.runs.includes('apiserver') && !gone.some(one => one.name === name),
  );

/** Whoever has a credential of a kubelet has made its Node itself, in a run before. */
const nodesOf = ({ facts, gone = [] }: Known): readonly string[] =>
  gone.map(({ name }) => name).filter(name => facts.get(name)?.lived?.includes('node') !== true);

/** What must be done before another member joins etcd or leaves it. */
export const membersGone = (input: Known): readonly ResourceId[] => {
  const by = remover(input);
  return by && (input.gone ?? []).some(({ members }) => members.length > 0) ? [`${by.name}/command/etcd-gone`] : [];
};

/** What must be done before the kubelet of this host begins. */
export const nodeGone = (input: Known, host: string): readonly ResourceId[] => {
  const by = speaker(input);
  return by && nodesOf(input).includes(host) ? [`${by.name}/command/node-gone-${host}`] : [];
};

/** Answers of the API to be taken for *it is not there*: they are of Nodes that are about to go. */
export const goneAnswers = (input: Known): ReadonlySet<ResourceId> =>
  new Set(
    (input.gone ?? [])
      .filter(({ name }) => nodeGone(input, name).length > 0)
      .flatMap(({ name }) => ['object', 'api'].map(kind => `${clusterHost}/${kind}//api/v1/nodes/${name}`)),
  );

export function gone(input: Known): readonly Resource[] {
  const [by, speaks] = [remover(input), speaker(input)];
  const members = (input.gone ?? []).flatMap(one => one.members);
  return [
    ...(by && members.length > 0 ? [memberGone(by, input, members)] : []),
    ...(speaks ? nodesOf(input).map(name => nodeRemoved(speaks, name)) : []),
  ];
}

const memberGone = (by: Host, { gone: all = [] }: Known, members: readonly string[]): Resource =>
  want(
    'command',
    by.name,
    'etcd-gone',
    {
      unless: sh`${raw(asksEtcd(by))}
list=$(ctl member list 2>/dev/null) || { echo 'etcd does not say who its members are'; exit 0; }
for at in ${members}; do [ -z "$(idat "$at")" ] || echo "etcd has a member at $at"; done`,
      run: sh`set -u
${raw(asksEtcd(by))}
for at in ${members}; do
${raw(removesOne)}
done`,
      risk: 'none',
    },
    {
      stage: 'etcd',
      because: `${all
        .filter(one => one.members.length > 0)
        .map(one => `${one.name} (${one.members.join(', ')})`)
        .join(' and ')}: gone for good, and no member of etcd any more`,
    },
  );

/** `via URL …`, `ctl …`, and the id of the member of `$list` at an address. */
const asksEtcd = ({ address }: Host): Script => sh`via() { at_=$1; shift; ETCDCTL_API=3 ${bin}/etcdctl \
--endpoints="$at_" --cacert=${pki}/etcd/ca.crt --cert=${pki}/etcd/healthcheck-client.crt \
--key=${pki}/etcd/healthcheck-client.key --command-timeout=3s "$@"; }
ctl() { via https://${address}:${etcdClientPort} "$@"; }
client=${etcdClientPort} peer=${etcdPeerPort}
idat() { printf '%s\n' "$list" | grep -F ", https://$1:$peer, " | sed -n 's/^\\([0-9a-f]\\{1,\\}\\), .*/\\1/p'; }`;

/** Only what does not answer is removed, and only while most of those that stay do. */
const removesOne = sh`  list=$(ctl member list) || exit 1
  id=$(idat "$at"); [ -n "$id" ] || continue
  ! via "https://$at:$client" get h >/dev/null 2>&1 || \
{ echo "the member at $at answers: it is not gone, and stays" >&2; exit 1; }
  stay=$(printf '%s\n' "$list" | grep -vF ", https://$at:$peer, " | grep ', false$')
  alive=0
  for url in $(printf '%s\n' "$stay" | sed -n 's#.*, \\(https://[0-9.]*:[0-9]*\\), false$#\\1#p'); do
    ! via "$url" get h >/dev/null 2>&1 || alive=$((alive+1))
  done
  [ $((alive * 2)) -gt "$(printf '%s\n' "$stay" | grep -c .)" ] || \
{ echo "only $alive of the members that stay answer: without the one at $at etcd would stop" >&2; exit 1; }
  ctl member remove "$id" >/dev/null || exit 1
  n=0; until ctl get h >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 60 ] || \
{ echo 'etcd does not answer since that member was removed' >&2; exit 1; }; sleep 1; done`;

/** Its pods are then made anew elsewhere; a Node that another machine takes over would keep those of the first. */
const nodeRemoved = (by: Host, name: string): Resource =>
  want(
    'command',
    by.name,
    `node-gone-${name}`,
    {
      unless: sh`${raw(asksApi(by))}
found=$(api get node ${name} --ignore-not-found -o name 2>/dev/null) || { echo 'the API does not answer'; exit 0; }
[ -z "$found" ] || echo ${`the Node ${name} of a host that is gone`}`,
      run: sh`${raw(asksApi(by))}
api delete node ${name} --ignore-not-found --wait=false >/dev/null`,
      risk: 'none',
    },
    {
      stage: 'nodes',
      because: `the Node ${name}, and with it the pods that it had, is of a host that is gone for good`,
    },
  );

const asksApi = ({ address }: Host): Script => sh`api() { ${bin}/kubectl --kubeconfig ${adminConf} --server \
https://${address}:${apiserverPort} --request-timeout=10s "$@"; }`;
