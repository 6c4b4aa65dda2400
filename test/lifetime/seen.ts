/** What a question would be answered: the kinds judge it as they judge a real host's state. */
import { keepalivedConfig, leftHosts, networkPeers } from '../../src/blueprint/render/paths.js';
import { nodePath } from '../../src/facts/node-drain.js';
import type { AnyKind } from '../../src/resources/index.js';
import type { KindTable } from '../../src/plan/read-answer.js';
import type { Resource } from '../../src/model/resource.js';
import { clusterHost } from '../../src/model/resource.js';
import type {
  ArtifactWant,
  CommandWant,
  FileWant,
  PackagesWant,
  ReadyWant,
  ServiceWant,
} from '../../src/resources/wants.js';
import { type Api, answers } from './api.js';
import { addressKnown, stateOf, stillMembers } from './etcd.js';
import { balances, type Machine, runs, textOf } from './machine.js';
import { isReached, names } from './reached.js';

/** Kinds whose readers take a state as it is; those of the API read JSON anyhow. */
export const readingStates = (kinds: Readonly<Record<string, AnyKind>>): KindTable =>
  Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      name === 'object' || name === 'api' || name === 'drained'
        ? kind
        : {
            ...kind,
            read: (key: string, want: unknown) => ({
              ...kind.read(key, want),
              parse: (raw: string) => JSON.parse(raw),
            }),
          },
    ]),
  );

/** Of the commands about a host that leaves: what speaks for running them; undefined: it is another command. */
const aboutLeaving = (host: Machine, { key, want }: Resource, api: Api): readonly string[] | undefined => {
  const [, word, name = ''] = /^host-(leaves|left)-(.*)$/.exec(key) ?? [];
  const remembered = host.files.has(`${leftHosts}/${name}`);
  if (word === 'leaves') return remembered ? [] : ['it is not written down yet'];
  const routed = new RegExp(`^${name} `, 'm').test(textOf(host, networkPeers));
  if (word === 'left')
    return remembered || (routed && (want as CommandWant).unless.includes('it has a route'))
      ? ['it is remembered']
      : [];
  if (key !== 'registers-again') return undefined;
  const unit = textOf(host, '/etc/systemd/system/kubelet.service');
  const node = /--hostname-override=([^ \n\\"]+)/.exec(unit)?.[1];
  return runs(host, 'kubelet.service') && !api.objects.has(`/api/v1/nodes/${node}`) ? ['it runs since before'] : [];
};

const nothing: Readonly<Record<string, unknown>> = {
  directory: { is: 'absent' },
  artifact: { is: 'absent', whole: false, ours: false },
  sysctl: { value: '0' },
  certificate: { state: 'absent', keyLeft: false },
  kubeconfig: { state: 'absent' },
  image: { is: 'absent' },
  ready: false,
  command: ['it is needed'],
  cleanup: [],
};

const speaksFromFormer = (host: Machine, unless: string): readonly string[] => {
  const [own = ''] = /unicast_src_ip [\d.]+/.exec(unless) ?? [];
  const speaks = textOf(host, keepalivedConfig);
  return runs(host, balances) && !speaks.includes(`${own}\n`) ? ['it announces itself from its former address'] : [];
};

const special: Readonly<Record<string, (host: Machine, one: Resource, machines: readonly Machine[]) => unknown>> = {
  command: (host, { key, want }, machines) =>
    key === 'etcd-gone'
      ? stillMembers(machines, (want as CommandWant).run)
      : key === 'etcd-members' && host.made.has('command/etcd-member')
        ? stateOf(host, (want as CommandWant).unless, machines)
        : key === 'etcd-member' && host.made.has('command/etcd-member')
          ? addressKnown(host, (want as CommandWant).unless)
          : key === 'keepalived-steps-back'
            ? speaksFromFormer(host, (want as CommandWant).unless)
            : undefined,
  file: (host, { key, want }) => {
    const file = host.files.get(key);
    const { text: _, ...state } = file ?? { text: '' };
    return file ? { is: 'file', ...state, whose: (want as FileWant).absent ? 'ours' : 'unknown' } : { is: 'absent' };
  },
  service: (host, { key, want }) => {
    const unit = host.units.get(key);
    const reads = (want as ServiceWant).reads;
    const stale = unit?.active
      ? reads.filter(path => (host.stamps.get(path) ?? 0) !== (unit.started.get(path) ?? 0))
      : [];
    const oneshot = (want as ServiceWant).oneshot;
    return {
      active: unit?.active ? 'active' : 'inactive',
      sub: unit?.active ? (oneshot ? 'exited' : 'running') : 'dead',
      enabled: unit ? (unit.enabled ? 'enabled' : 'disabled') : '',
      load: unit ? 'loaded' : 'not-found',
      stale,
    };
  },
  packages: (host, { want }) => ({
    tool: 'dpkg',
    installed: (want as PackagesWant).names.filter(name => host.packages.has(name)),
  }),
  cleanup: (host, { key }) =>
    key === 'kubewizard' && host.files.size + host.made.size > 0 ? ['/var/lib/kubewizard'] : [],
  ready: (host, { key, want }, machines) => {
    const [, at = ''] = /https:\/\/(\S+)\/readyz/.exec((want as ReadyWant).script) ?? [];
    if (key === 'endpoint-named') return names(host, at);
    return key === 'endpoint' ? isReached(host, at, machines) : undefined;
  },
  artifact: (host, one) => {
    const made = host.made.get(`artifact/${one.key}`) as ArtifactWant | undefined;
    const wanted = one.want as ArtifactWant;
    if (!made) return nothing.artifact;
    return {
      is: made.sha256 === wanted.sha256 ? 'linked' : 'other-link',
      whole: true,
      target: made.sha256,
      ours: true,
    };
  },
};

/** undefined: nobody answers. */
export const rawOf = (
  one: Resource,
  hosts: ReadonlyMap<string, Machine>,
  api: Api,
  kinds: Readonly<Record<string, AnyKind>>,
): string | undefined => {
  if (one.host === clusterHost || one.kind === 'api') {
    if (!answers([...hosts.values()])) return '{"status":0,"body":null}';
    const path = one.kind === 'drained' ? nodePath(one.key) : one.key;
    const body = api.objects.get(path);
    if (body) return JSON.stringify({ status: 200, body });
    return JSON.stringify({ status: one.kind === 'api' && !path.startsWith('/api') ? 200 : 404, body: {} });
  }
  const host = hosts.get(one.host);
  if (!host?.reachable) return undefined;
  const gone = /^node-gone-(.*)$/.exec(one.key)?.[1];
  if (gone !== undefined) return JSON.stringify(api.objects.has(`/api/v1/nodes/${gone}`) ? ['it is there'] : []);
  const leaving = aboutLeaving(host, one, api);
  if (leaving !== undefined) return JSON.stringify(leaving);
  const state = special[one.kind]?.(host, one, [...hosts.values()]);
  if (state !== undefined) return JSON.stringify(state);
  const made = host.made.get(`${one.kind}/${one.key}`);
  return JSON.stringify(made === undefined ? nothing[one.kind] : kinds[one.kind]?.ideal(made));
};
