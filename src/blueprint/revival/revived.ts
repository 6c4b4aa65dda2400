/**
 * What is wanted anyhow, in the order in which a cluster comes back whose certificates have ended: controllers are
 * held, then etcd, then API servers, then kubelets; controller manager and scheduler when every node reports again.
 * Until then they would see nodes that are silent, and take their pods away.
 */
import { type ClusterSpec, type Host, withRole } from '../../model/cluster.js';
import type { HostFacts } from '../../model/host-facts.js';
import { idOf, type Resource, type ResourceId, type Stage } from '../../model/resource.js';
import { apiAnswers } from '../access/api-answers.js';
import { clusterInfoPath } from '../access/cluster-info.js';
import { authorityFiles, authorityKeys } from '../../model/rotated-authorities.js';
import { apiserverRows, etcdHosts, etcdRows, type Row } from '../access/certificates.js';
import type { AuthorityName } from '../input.js';
import { adminConf, controllerManagerConf, kubeletConf, schedulerConf } from '../render/paths.js';
import type { Wants } from '../../resources/wants.js';
import type { Script } from '../../shell/sh.js';
import { want } from '../wanted.js';
import {
  apiAnswersHere,
  believes,
  etcdAnswers,
  hold,
  isHeld,
  letGo,
  nodesReport,
  stillHeld,
  wakeApi,
  wakeEtcd,
} from './steps.js';

interface Scene {
  readonly spec: ClusterSpec;
  readonly facts: ReadonlyMap<string, HostFacts>;
  /** Nodes that report before the controllers begin. */
  readonly awaits: readonly string[];
}

/** @param wanted All that the file wants. */
export function revived(wanted: readonly Resource[], scene: Scene): readonly Resource[] {
  const added = additions(scene, wanted);
  const [held, etcd, api] = [added.held.map(idOf), added.etcd.map(idOf), added.api.map(idOf)];
  const apiBelieves = (host: string) => added.apiBelieves.filter(one => one.host === host).map(idOf);
  const edges = new Map<string, (one: Resource) => Resource>([
    ['etcd.service', after([...held, ...added.etcdBelieves.map(idOf)])],
    ['kube-apiserver.service', one => ({ ...after([...held, ...apiBelieves(one.host)])(one), afterAny: etcd })],
    ['/readyz', one => ({ ...one, afterAny: api })],
    // By one that has ended the next run sees that the cluster is dead, until the controllers are held.
    [kubeletConf, after(held)],
    ['kubelet.service', after([apiAnswers])],
    ['kube-proxy.service', after([apiAnswers])],
    [clusterInfoPath, isThere],
    ...last.map(key => [key, atLast] as const),
  ]);
  const leaf = after(held);
  return [
    ...added.held,
    ...added.etcdBelieves,
    ...added.apiBelieves,
    ...wanted.map(one => (edges.get(one.key) ?? (isEarlyLeaf(one) ? leaf : same))(one)),
    ...added.etcd,
    ...added.api,
    ...added.nodes,
    ...added.letGo,
  ];
}

/** What a controller reads is written last: whoever starts one before, starts one that nobody lets in. */
const last = [controllerManagerConf, schedulerConf, 'kube-controller-manager.service', 'kube-scheduler.service'];

/** In the stage of the nodes: whoever stops before it leaves them held. */
const atLast = (one: Resource): Resource => ({
  ...after([`${one.host}/command/controllers-let-go`])(one),
  stage: 'nodes',
});

/** Nobody could see it; it was there, with the CA that has ended, and is put right and not made. */
const isThere = (one: Resource): Resource => ({ ...one, want: { ...(one.want as Wants['object']), create: false } });

const same = (one: Resource): Resource => one;

const after =
  (ids: readonly ResourceId[]) =>
  (one: Resource): Resource => ({ ...one, after: [...one.after, ...ids] });

/** A CA that was signed anew, too: with it a timer could renew what controllers are let in with. */
const isEarlyLeaf = ({ kind, stage, key }: Resource): boolean =>
  authorityPaths.includes(key) ||
  ((kind === 'certificate' || kind === 'kubeconfig') && (stage === 'etcd' || stage === 'control-plane'));

const trustOf = (name: AuthorityName): string => authorityFiles(name).trust;
const authorityPaths: readonly string[] = authorityKeys.map(trustOf);

function additions({ spec, facts, awaits }: Scene, wanted: readonly Resource[]) {
  const seen = ({ name }: Host): boolean => facts.has(name);
  const planes = withRole(spec, 'controlPlane').filter(seen);
  const members = etcdHosts(spec).filter(seen);
  const on = ({ name }: Host, kind: string, key: string): ResourceId => idOf({ host: name, kind, key });
  const etcdRuns = (host: Host) => [on(host, 'service', 'etcd.service')];
  const apiRuns = (host: Host) => [on(host, 'service', 'kube-apiserver.service')];
  const believing = (host: Host, unit: string, trusts: readonly AuthorityName[], rows: readonly Row[]) => {
    const files = trusts.map(trustOf);
    const behind = [
      ...files.map(path => on(host, 'file', path)),
      ...rows.map(row => on(host, 'certificate', row.path)),
    ];
    const there = wanted.flatMap(({ host: where, kind, key: path, want: file }) =>
      where === host.name && kind === 'file' && files.includes(path)
        ? [{ path, sha256: (file as Wants['file']).sha256 }]
        : [],
    );
    return command(host, `${unit}-believes`, believes(unit, there), unit === 'etcd' ? 'etcd' : 'control-plane', behind);
  };
  return {
    held: planes.map(host => command(host, 'controllers-held', [isHeld, hold], 'host', [])),
    etcdBelieves: members.map(host => believing(host, 'etcd', ['etcd/ca'], etcdRows)),
    apiBelieves: planes.map(host => ({
      ...believing(host, 'kube-apiserver', authorityKeys, apiserverRows),
      afterAny: members.map(member => on(member, 'command', 'etcd-answers')),
    })),
    etcd: members.map(host =>
      command(host, 'etcd-answers', [etcdAnswers(host), wakeEtcd(host)], 'etcd', etcdRuns(host)),
    ),
    api: planes.map(host =>
      command(host, 'apiserver-answers', [apiAnswersHere(host), wakeApi(host)], 'control-plane', apiRuns(host)),
    ),
    nodes: planes.map(host => nodesBack(host, awaits)),
    letGo: planes.map(host =>
      command(host, 'controllers-let-go', [stillHeld, letGo], 'nodes', [on(host, 'ready', 'nodes-report')]),
    ),
  };
}

const because = 'no pod is taken from a node that could not report';

/** `unless` prints what speaks for it. */
const command = ({ name }: Host, key: string, [unless, run]: Pair, stage: Stage, behind: readonly ResourceId[]) =>
  want('command', name, key, { unless, run, risk: 'none' }, { stage, because, after: behind });
type Pair = readonly [unless: Script, run: Script];

const nodesBack = (host: Host, awaits: readonly string[]): Resource => {
  const script = nodesReport(host, awaits);
  return want(
    'ready',
    host.name,
    'nodes-report',
    { script, why: script, seconds: 150, says: 'every node to report again' },
    {
      stage: 'nodes',
      because,
      after: [
        apiAnswers,
        idOf({ host: host.name, kind: 'kubeconfig', key: adminConf }),
        ...awaits.map(name => idOf({ host: name, kind: 'service', key: 'kubelet.service' })),
      ],
    },
  );
};
