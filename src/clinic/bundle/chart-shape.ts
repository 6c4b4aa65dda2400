/** The forms of what a bundle holds: evidence in another form is unreadable, and no case meets it. */
import { z } from 'zod';
import type { HostChart } from '../chart/host-chart.js';

const text = z.string();
const texts = z.array(text);
const number = z.number();
const flag = z.boolean();
const words = z.record(text, text);
const open = z.looseObject;
const maybe = z.optional;

const certificate = open({
  ...{ subject: text, issuer: text, commonName: text, organizations: texts, names: texts, ips: texts },
  ...{ notBefore: text, notAfter: text, usages: texts, isCa: flag, serial: text, spkiSha256: text, fingerprint: text },
  ...{ subjectKeyId: maybe(text), authorityKeyId: maybe(text), subjectDer: text, issuerDer: text, pem: text },
});
const changedFile = { path: text, changedAt: text };
const kubeconfig = open({
  ...{ context: text, cluster: text, user: text, server: text, insecure: flag },
  ...{ caPem: maybe(text), caPath: maybe(text), certPem: maybe(text), certPath: maybe(text), exec: maybe(text) },
  ...{ key: open({ in: text }), token: open({ in: text }), clusters: texts, contexts: texts, users: texts },
});

const etcd = open({
  members: z.array(open({ id: text, name: text, peerUrls: texts, clientUrls: texts, learner: flag })),
  status: z.array(
    open({
      ...{ endpoint: text, error: maybe(text), memberId: maybe(text), clusterId: maybe(text), leader: maybe(text) },
      ...{ dbSize: maybe(number), version: maybe(text), errors: maybe(texts) },
    }),
  ),
  alarms: texts,
  fsyncP99: maybe(number),
  quota: maybe(number),
});

const network = open({
  links: z.array(open({ name: text, mtu: number, up: flag, kind: maybe(text), mac: maybe(text), master: maybe(text) })),
  addresses: z.array(open({ link: text, address: text, prefix: number })),
  routes: z.array(open({ to: text, via: maybe(text), link: maybe(text), protocol: maybe(text) })),
  neighbours: maybe(z.array(open({ address: text, link: text, mac: text }))),
  resolvConf: text,
});

const room = open({
  disks: z.array(open({ mount: text, path: text, size: number, free: number, inodesFree: number, inodes: number })),
  memory: number,
  swaps: texts,
  inotify: open({ instances: number, limit: number }),
});

const unit = open({
  ...{ name: text, load: text, active: text, sub: text, result: text, restarts: number, enabled: text, restart: text },
  ...{ startedAt: maybe(text), path: text, dropIns: maybe(texts), needsReload: maybe(flag), exitStatus: maybe(number) },
});

const kernel = open({
  ...{ container: text, kmsg: flag, sysWritable: flag, trees: texts, loaded: texts, onDisk: texts },
  ...{ selinux: z.enum(['enforcing', 'permissive', 'off']), labels: words, badUdpChecksums: number },
});

const podLinks = open({
  managed: z.array(open({ link: text, by: z.enum(['systemd-networkd', 'NetworkManager']), state: text })),
  checksumOffload: z.record(text, flag),
  held: z.record(text, open({ addresses: number, stale: number })),
});

const ofLimit = open({ most: number, now: number });
const limits = open({
  tasks: maybe(ofLimit),
  memory: maybe(ofLimit),
  cpu: maybe(open({ periods: number, throttled: number })),
});

/** By section of a host; a section without a line here does not compile. */
export const sectionShapes: Readonly<Record<Exclude<keyof HostChart, 'name' | 'address' | 'roles'>, z.ZodType>> = {
  identity: open({ hostname: text, machineId: text, productUuid: text, macs: texts }),
  network,
  clock: open({ ahead: number, uncertainty: number, synchronized: maybe(flag) }),
  versions: words,
  cgroup: z.enum(['v1', 'v2', 'hybrid']),
  units: z.array(unit),
  processes: z.array(
    open({
      ...{ program: text, pid: number, argv: texts, proxies: words, startedAt: text, contained: flag },
      ...{ halted: maybe(flag), gone: maybe(flag), limits: maybe(limits) },
    }),
  ),
  files: z.array(open({ ...changedFile, mode: text, owner: text, size: number, sha256: text, text: maybe(text) })),
  certificates: z.array(open({ ...changedFile, certificates: z.array(certificate), problems: texts })),
  keys: z.array(open({ ...changedFile, mode: text, spkiSha256: maybe(text), problem: maybe(text) })),
  kubeconfigs: z.array(
    open({
      ...{ ...changedFile, mode: text, value: maybe(kubeconfig), problems: texts },
      ...{ ca: z.array(certificate), client: z.array(certificate), keyMatches: maybe(flag) },
    }),
  ),
  served: z.array(open({ address: text, port: number, chain: z.array(certificate), problem: maybe(text) })),
  listening: z.array(
    open({ protocol: z.enum(['tcp', 'udp']), address: text, port: number, process: text, pid: maybe(number) }),
  ),
  containerd: z.record(text, z.unknown()),
  logs: z.record(text, texts),
  sysctls: words,
  kernel,
  podLinks,
  firewall: open({ nft: text, legacy: text, foreign: text }),
  etcd,
  room,
  images: texts,
  cniPlugins: z.record(text, texts),
  reach: words,
  health: words,
};

/** What every object of the API has; the rest of it is an open tree. */
export const objectShape = open({
  apiVersion: maybe(text),
  kind: maybe(text),
  metadata: open({
    name: text,
    namespace: maybe(text),
    labels: maybe(words),
    annotations: maybe(words),
    creationTimestamp: maybe(z.nullable(text)),
    deletionTimestamp: maybe(z.nullable(text)),
    uid: maybe(text),
  }),
});

export const versionShape = open({ gitVersion: text, server: text });

const host = open({
  ...{ name: text, address: text, roles: texts, labels: words },
  ...{
    taints: z.array(open({ key: text, effect: text, value: maybe(text) })),
    ssh: open({ user: maybe(text), port: maybe(number) }),
  },
});
const component = open({ extraArgs: words });
const configured = open({ extraArgs: words, config: z.record(text, z.unknown()) });

/** A cluster file as it was read; and what it wants. */
export const specShape = open({
  ...{ name: text, kubernetes: text, hosts: z.array(host) },
  endpoint: open({ address: text, port: number, balance: text, virtualRouterId: number }),
  network: open({
    ...{ pods: text, services: text, hostPrefix: number, domain: text, provider: text, mtu: maybe(number) },
    vxlan: open({ id: number, port: number }),
  }),
  pki: open({ algorithm: text, caDays: number, leafDays: number, sans: texts }),
  components: open({
    ...{ etcd: component, apiserver: component, controllerManager: component, scheduler: component },
    ...{ kubelet: configured, proxy: configured, containerd: open({ config: z.record(text, z.unknown()) }) },
  }),
  addons: open({ dns: flag, metricsServer: maybe(flag) }),
});
export const wantedShape = z.array(
  open({ kind: text, host: text, key: text, want: z.looseObject({}), stage: text, after: texts, because: text }),
);
export const stoppedShape = texts;
