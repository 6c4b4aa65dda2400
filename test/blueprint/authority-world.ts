/**
 * Hosts on paper while a CA is exchanged: files, what processes have loaded of them, and what the API publishes. Steps
 * are those that the blueprint wants, in any order that its edges allow.
 */
import { cluster } from '../../src/blueprint/cluster.js';
import type { AuthorityName, Input } from '../../src/blueprint/input.js';
import { type Host, withRole } from '../../src/model/cluster.js';
import { reveal } from '../../src/model/content.js';
import type { AuthorityMark } from '../../src/model/rotated-authorities.js';
import { authorityFiles, authorityKeys } from '../../src/model/rotated-authorities.js';
import {
  clusterEdges,
  credential,
  joinKubelet,
  knowUnit,
  managerService,
  managerUnit,
  podsTrust,
  publishedRoot,
  unitKnown,
} from './cluster-authority-edges.js';
import { idOf, type Resource } from '../../src/model/resource.js';
import { readCertificates } from '../../src/pki/read.js';
import type { Wants } from '../../src/resources/wants.js';

export interface World {
  /** Text by `HOST PATH`; of a leaf: who has signed it. */
  readonly files: Map<string, string>;
  /** What a unit has read at its start, by `HOST UNIT PATH`. */
  readonly loaded: Map<string, string>;
  /** Fingerprints of what the API publishes to aggregated API servers: of the front proxy's CA, and of clients'. */
  readonly published: Set<string>;
  readonly clients: Set<string>;
}

const pki = '/etc/kubernetes/pki';
export const prints = (pem: string | undefined): readonly string[] =>
  readCertificates(pem ?? '').certificates.map(one => one.fingerprint);

/** All that has to do with the CA, of what is wanted. */
export const about = (input: Input, name: AuthorityName): readonly Resource[] => {
  const files = new Set(Object.values(authorityFiles(name)));
  return cluster(input).filter(
    one =>
      (one.kind === 'file' && files.has(one.key)) ||
      (one.kind === 'certificate' && (one.want as Wants['certificate']).request.ca === name) ||
      (one.kind === 'service' && units(name).test(one.key)) ||
      (name === 'ca' && ofCluster(one)) ||
      one.key.endsWith('/extension-apiserver-authentication'),
  );
};

const units = (name: AuthorityName): RegExp =>
  name === 'ca' ? /^(kube-.*|kubelet)\.service$/ : /^(etcd|kube-apiserver)\.service$/;

const ofCluster = ({ kind, key }: Resource): boolean =>
  kind === 'kubeconfig' ||
  key === 'kubelet-credential' ||
  key === 'controller-signer' ||
  key === 'addons-trust' ||
  key === managerUnit;

/** What an object publishes, beside what it is to publish. */
const lists = (world: World, { want }: Resource): readonly (readonly [Set<string>, readonly string[]])[] => {
  const { data = {} } = (want as Wants['object']).body as { readonly data?: Readonly<Record<string, string>> };
  return Object.entries(data).map(([key, pem]) => [
    key === 'client-ca-file' ? world.clients : world.published,
    prints(pem),
  ]);
};

const reads = (one: Resource): readonly string[] =>
  (one.want as Wants['service']).reads.filter(path => path.startsWith('/etc/kubernetes/') || path === managerUnit);

export const isDone = (world: World, one: Resource, input: Input): boolean => {
  const { host, key, kind, want } = one;
  const at = `${host} ${key}`;
  if (kind === 'service')
    return reads(one).every(path => world.loaded.get(`${at} ${path}`) === (world.files.get(`${host} ${path}`) ?? ''));
  if (kind === 'object') return lists(world, one).every(([list, wanted]) => [...list].join() === wanted.join());
  if (key === 'controller-signer')
    return unitKnown(world, host).includes(`--cluster-signing-cert-file=${authorityFiles('ca').signer}`);
  if (kind === 'command') {
    const [signer = ''] = prints(input.rotating?.ca?.next ?? input.rotating?.ca?.signer);
    const found = world.files.get(`${host} ${credential}`);
    return key === 'addons-trust'
      ? prints(world.loaded.get(podsTrust)).includes(signer)
      : found === undefined || prints(found)[0] === signer;
  }
  if (kind === 'kubeconfig') {
    const { caPem, signerPem = caPem } = want as Wants['kubeconfig'];
    const [leaf = '', trust] = (world.files.get(at) ?? '').split('|');
    return trust === caPem && prints(signerPem).includes(prints(leaf)[0] ?? 'nobody');
  }
  if (kind === 'certificate') return world.files.get(at) === (want as Wants['certificate']).caPem;
  const { absent, content } = want as Wants['file'];
  return absent ? !world.files.has(at) : world.files.get(at) === reveal(content, input.reveal);
};

export const act = (world: World, one: Resource, input: Input): void => {
  const { host, key, kind, want } = one;
  const at = `${host} ${key}`;
  if (kind === 'service') {
    for (const path of reads(one)) world.loaded.set(`${at} ${path}`, world.files.get(`${host} ${path}`) ?? '');
    if (key === 'kubelet.service') joinKubelet(world, host, input);
    // API servers add what they trust to what is published, and take nothing away.
    if (key === 'kube-apiserver.service')
      for (const [list, path] of [
        [world.published, 'front-proxy-ca.crt'],
        [world.clients, 'ca.crt'],
      ] as const)
        for (const each of prints(world.files.get(`${host} ${pki}/${path}`))) list.add(each);
    if (key === managerService) knowUnit(world, host);
  } else if (kind === 'object') {
    for (const [list, wanted] of lists(world, one)) {
      list.clear();
      for (const each of wanted) list.add(each);
    }
  } else if (key === 'controller-signer') knowUnit(world, host);
  else if (kind === 'command' && key === 'addons-trust') world.loaded.set(podsTrust, publishedRoot(world, input));
  else if (kind === 'command') {
    world.files.delete(`${host} ${credential}`);
    world.loaded.set(`${host} kubelet.service /etc/kubernetes/kubelet.conf`, 'older');
  } else if (kind === 'kubeconfig') {
    const { caPem, signerPem = caPem } = want as Wants['kubeconfig'];
    world.files.set(at, `${signerPem}|${caPem}`);
  } else if (kind === 'certificate') world.files.set(at, (want as Wants['certificate']).caPem);
  else if ((want as Wants['file']).absent) world.files.delete(at);
  else world.files.set(at, reveal((want as Wants['file']).content, input.reveal));
};

/** Those that may come next: what they stand behind, by however many steps, is done. */
export const open = (world: World, all: readonly Resource[], input: Input): readonly Resource[] => {
  const due = all.filter(one => !isDone(world, one, input));
  const waiting = new Set(due.map(idOf));
  const byId = new Map(all.map(one => [idOf(one), one]));
  const blocked = (one: Resource, seen: ReadonlySet<string>): boolean =>
    one.after.some(id => {
      if (waiting.has(id)) return true;
      const before = byId.get(id);
      return before !== undefined && !seen.has(id) && blocked(before, new Set([...seen, id]));
    });
  return due.filter(one => !blocked(one, new Set([idOf(one)])));
};

/** Marks as the fact reads them. */
export const marksOf = (world: World, host: string) =>
  Object.fromEntries(
    authorityKeys.flatMap((name): [string, AuthorityMark][] => {
      const { trust, signer, next } = authorityFiles(name);
      const of = (path: string) => world.files.get(`${host} ${path}`);
      const [all, signs, comes] = [of(trust), of(signer), of(next)];
      return all === undefined
        ? []
        : [
            [
              name,
              {
                trust: all,
                ...(signs !== undefined && { signer: signs }),
                ...(comes !== undefined && { next: comes }),
              },
            ],
          ];
    }),
  );

/** Connections that an end refuses: `client → server: whose certificate is not trusted`. */
export const untrusted = (world: World, { spec }: Input): readonly string[] => {
  const file = (host: Host, path: string) => world.files.get(`${host.name} ${path}`);
  const held = (host: Host, unit: string, path: string) => world.loaded.get(`${host.name} ${unit}.service ${path}`);
  const [etcd, ca] = [`${pki}/etcd/ca.crt`, `${pki}/front-proxy-ca.crt`];
  const wrong: string[] = [];
  const shows = (what: string, leaf: string | undefined, trust: readonly string[]) => {
    const [signer = 'nobody'] = prints(leaf);
    if (!trust.includes(signer)) wrong.push(what);
  };
  for (const member of withRole(spec, 'etcd')) {
    const trust = prints(held(member, 'etcd', etcd));
    for (const peer of withRole(spec, 'etcd')) {
      shows(`${peer.name} → ${member.name}: peer`, file(peer, `${pki}/etcd/peer.crt`), trust);
      shows(`${member.name} → ${peer.name}: peer’s server`, file(peer, `${pki}/etcd/peer.crt`), trust);
      // etcdctl reads its files each time it asks, and asks every member.
      shows(`${peer.name} → ${member.name}: health`, file(peer, `${pki}/etcd/healthcheck-client.crt`), trust);
      shows(`${peer.name} → ${member.name}: shown`, file(member, `${pki}/etcd/server.crt`), prints(file(peer, etcd)));
    }
    for (const plane of withRole(spec, 'controlPlane')) {
      shows(`${plane.name} → ${member.name}: API`, file(plane, `${pki}/apiserver-etcd-client.crt`), trust);
      const trusts = prints(held(plane, 'kube-apiserver', etcd));
      shows(`${plane.name} → ${member.name}: etcd`, file(member, `${pki}/etcd/server.crt`), trusts);
    }
  }
  for (const plane of withRole(spec, 'controlPlane')) {
    const proxy = file(plane, `${pki}/front-proxy-client.crt`);
    shows(`${plane.name} → aggregated`, proxy, [...world.published]);
    for (const other of withRole(spec, 'controlPlane'))
      shows(`${plane.name} → ${other.name}: proxy`, proxy, prints(held(other, 'kube-apiserver', ca)));
  }
  return [...wrong, ...clusterEdges(world, spec)];
};
