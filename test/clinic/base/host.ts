/** One healthy host, as the collectors would have seen it after the blueprint's resources had converged. */
import type { HostChart, NetworkSeen, ProcessSeen } from '../../../src/clinic/chart/host-chart.js';
import type { CertificateSeen, KubeconfigSeen, ServedSeen } from '../../../src/clinic/chart/seen.js';
import { readCni, wordsOfUnit } from './small.js';
import { clusterModules } from '../../../src/facts/chart/kernel.js';
import type { Host } from '../../../src/model/cluster.js';
import { mask } from '../../../src/model/content.js';
import { parse } from 'smol-toml';
import { readCertificates } from '../../../src/pki/read.js';
import { readKubeconfig } from '../../../src/pki/read-kubeconfig.js';
import { spkiOfKey } from '../../../src/pki/key.js';
import { writeKubeconfig } from '../../../src/pki/kubeconfig.js';
import type { Wants } from '../../../src/resources/wants.js';
import type { Made } from './made.js';

export const now = '2026-06-01T12:00:00.000Z';
const startedAt = '2026-05-02T08:00:00.000Z';
const changedAt = '2026-05-02T07:59:00.000Z';

/** The overlay's routes to the pods of the other hosts. */
const waysOf = (host: Host, texts: ReadonlyMap<string, string>): NetworkSeen['routes'] =>
  (texts.get('/etc/kubernetes/network/peers') ?? '')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([name = '']) => name !== '' && name !== host.name)
    .map(([, , to = '', via = '']) => ({ to, via, link: 'kw.vxlan', protocol: '107' }));

export const hostOf = (made: Made, host: Host): HostChart => {
  const mine = made.wanted.filter(one => one.host === host.name);
  const texts = new Map(
    mine
      .filter(one => one.kind === 'file')
      .map(one => [
        one.key,
        mask((one.want as Wants['file']).content).replace(
          '<secret encryption/key>',
          `sha256:${made.sha256('encryption key')}`,
        ),
      ]),
  );
  const seen = <T>(source: string, value: T) => ({ host: host.name, source, at: now, value });
  const units = mine.filter(one => one.kind === 'service').map(one => one.key);
  const processes: readonly ProcessSeen[] = [
    ...units.flatMap((unit, index) => {
      const argv = wordsOfUnit(texts.get(`/etc/systemd/system/${unit}`) ?? '');
      const program = argv[0]?.split('/').at(-1) ?? '';
      return program === '' || program === 'sh' || unit === 'kw-network.service'
        ? []
        : [{ program, pid: 500 + index, argv, proxies: {}, startedAt, contained: false }];
    }),
    ...(units.includes('containerd.service') && !texts.has('/etc/systemd/system/containerd.service')
      ? [{ program: 'containerd', pid: 400, argv: ['/usr/bin/containerd'], proxies: {}, startedAt, contained: false }]
      : []),
  ];
  const certificates = certificatesOf(made, host, texts);
  const control = host.roles.includes('controlPlane');
  const etcd = host.roles.includes('etcd');
  return {
    name: host.name,
    address: host.address,
    roles: host.roles,
    identity: seen('identity', {
      hostname: host.name,
      machineId: made.sha256(host.name).slice(0, 32),
      productUuid: made.sha256(`uuid ${host.name}`).slice(0, 32),
      macs: [mac(host)],
    }),
    network: seen('network', {
      links: [
        { name: 'lo', mtu: 65536, up: true, kind: 'loopback' },
        { name: 'eth0', mtu: 1500, up: true, mac: mac(host) },
        { name: 'cni0', mtu: 1450, up: true, kind: 'bridge' },
        { name: 'kw.vxlan', mtu: 1450, up: true, kind: 'vxlan' },
      ],
      addresses: [
        { link: 'lo', address: '127.0.0.1', prefix: 8 },
        { link: 'eth0', address: host.address, prefix: 24 },
        { link: 'cni0', address: readCni(texts).gateway, prefix: 24 },
        ...(host.name === 'kw-1' ? [{ link: 'eth0', address: made.spec.endpoint.address, prefix: 32 }] : []),
      ],
      routes: [
        { to: '192.0.2.0/24', link: 'eth0', protocol: 'kernel' },
        { to: readCni(texts).subnet, link: 'cni0', protocol: 'kernel' },
        ...waysOf(host, texts),
      ],
      resolvConf: 'nameserver 192.0.2.1\n',
    }),
    clock: seen('clock', { ahead: 0.01, uncertainty: 0.02, synchronized: true }),
    versions: seen('versions', {
      kernel: '6.1.0',
      kubelet: made.spec.kubernetes,
      containerd: '1.6.20',
      iptables: '1.8.9 (nf_tables)',
      ...(control && { 'kube-apiserver': made.spec.kubernetes }),
      ...(etcd && { etcd: '3.4.23' }),
    }),
    cgroup: seen('cgroup', 'v1'),
    units: seen(
      'units',
      units.map(name => ({
        name,
        load: 'loaded',
        active: 'active',
        sub: name === 'kw-network.service' ? 'exited' : 'running',
        result: 'success',
        restarts: 0,
        enabled: 'enabled',
        restart: name === 'kw-network.service' ? 'no' : 'always',
        startedAt,
        path: `/etc/systemd/system/${name}`,
      })),
    ),
    processes: seen('processes', processes),
    files: seen(
      'files',
      [...texts]
        .filter(([path]) => !/\.(crt|key|pub)$/.test(path))
        .map(([path, text]) => ({
          path,
          mode: '644',
          owner: 'root',
          size: text.length,
          changedAt,
          sha256: made.sha256(text),
          text,
        })),
    ),
    certificates: seen('certificates', certificates),
    keys: seen('keys', keysOf(made, host)),
    kubeconfigs: seen('kubeconfigs', kubeconfigsOf(made, host)),
    served: seen('served', servedOf(host, made, certificates)),
    listening: seen(
      'listening',
      [
        [22, 'sshd'],
        [10250, 'kubelet'],
        [10248, 'kubelet'],
        ...(control
          ? ([
              [6443, 'kube-apiserver'],
              [10257, 'kube-controller-manager'],
              [10259, 'kube-scheduler'],
              [made.spec.endpoint.port, 'haproxy'],
            ] as const)
          : []),
        ...(etcd
          ? ([
              [2379, 'etcd'],
              [2380, 'etcd'],
              [2381, 'etcd'],
            ] as const)
          : []),
      ].map(([port, process]) => ({
        protocol: 'tcp' as const,
        address: [10248, 10257, 10259, 2381].includes(port as number) ? '127.0.0.1' : '0.0.0.0',
        port: port as number,
        process: process as string,
      })),
    ),
    containerd: seen(
      'containerd config dump',
      parse(texts.get('/etc/containerd/config.toml') ?? '') as Record<string, unknown>,
    ),
    logs: seen(
      'logs',
      Object.fromEntries(processes.map(({ program }) => [program, [`I0601 11:59:00.000000 ${program} started`]])),
    ),
    sysctls: seen('sysctls', {
      'net.ipv4.ip_forward': '1',
      'net.bridge.bridge-nf-call-iptables': '1',
      'net.bridge.bridge-nf-call-ip6tables': '1',
      'net.ipv4.conf.all.rp_filter': '0',
      'net.ipv4.conf.default.rp_filter': '0',
      'fs.inotify.max_user_instances': '8192',
      'fs.inotify.max_user_watches': '1048576',
      'net.netfilter.nf_conntrack_max': '262144',
      'net.netfilter.nf_conntrack_count': '300',
    }),
    kernel: seen('kernel', {
      ...{ container: 'none', kmsg: true, sysWritable: true, trees: ['6.1.0'] },
      ...{ loaded: clusterModules, onDisk: clusterModules },
      ...{ selinux: 'off', labels: {}, badUdpChecksums: 0 },
    }),
    podLinks: seen('podLinks', {
      ...{ managed: [], checksumOffload: { 'kw.vxlan': true } },
      held: { kubewizard: { addresses: 3, stale: 0 } },
    }),
    firewall: seen('firewall', { nft: healthyRules, legacy: '', foreign: '' }),
    etcd: etcd
      ? seen('etcd', etcdOf(made))
      : { host: host.name, source: 'etcd', at: now, missing: 'no etcd runs here', kind: 'not-collected' as const },
    room: seen('room', {
      disks: ['/', '/var/lib/etcd', '/var/lib/kubelet', '/var/lib/containerd'].map(path => ({
        mount: '/',
        path,
        size: 100e9,
        free: 60e9,
        inodes: 6e6,
        inodesFree: 5e6,
      })),
      memory: 8 * 2 ** 30,
      swaps: [],
      inotify: { instances: 30, limit: 8192 },
    }),
    images: seen('images', ['k8s.gcr.io/pause:3.2', 'docker.io/kubewizard/dns:1']),
    cniPlugins: seen('cniPlugins', { '/usr/lib/cni': ['bridge', 'host-local', 'loopback', 'portmap'] }),
    reach: seen(
      'reach',
      Object.fromEntries(
        made.spec.hosts
          .filter(other => other.name !== host.name)
          .flatMap(other => [
            [`${other.address}:10250`, 'open'],
            ...(other.roles.includes('controlPlane') ? [[`${other.address}:6443`, 'open']] : []),
            ...(etcd && other.roles.includes('etcd')
              ? [
                  [`${other.address}:2379`, 'open'],
                  [`${other.address}:2380`, 'open'],
                ]
              : []),
          ]),
      ),
    ),
    health: seen('health', {
      'http://127.0.0.1:10248/healthz': '200 ok',
      ...(control && {
        'https://127.0.0.1:10257/healthz': '200 ok',
        'https://127.0.0.1:10259/healthz': '200 ok',
        [`https://${host.address}:6443/readyz?verbose`]: '200 [+]ping ok\n[+]etcd ok\nreadyz check passed',
        [`https://${host.address}:6443/version`]: `200 {"gitVersion":"v${made.spec.kubernetes}"}`,
      }),
      ...(etcd && { 'http://127.0.0.1:2381/health': '200 {"health":"true"}' }),
    }),
  };
};

const healthyRules =
  '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-FORWARD - ' +
  '[0:0]\n:KUBE-SERVICES - [0:0]\n-A FORWARD -m comment --comment "kubernetes forwarding rules" -j ' +
  'KUBE-FORWARD\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:KUBE-SERVICES - ' +
  '[0:0]\n:KUBE-POSTROUTING - [0:0]\n-A PREROUTING -m comment --comment "kubernetes service portals" -j ' +
  'KUBE-SERVICES\n-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -m comment --comment kubewizard -j ' +
  'MASQUERADE\nCOMMIT\n';

const mac = (host: Host): string => `52:54:00:00:00:${host.address.split('.').at(-1)?.padStart(2, '0')}`;

const pemAt = (made: Made, host: Host, path: string): string | undefined =>
  made.pairs.get(`${host.name}:${path}`)?.certPem;

const certificatesOf = (made: Made, host: Host, texts: ReadonlyMap<string, string>): readonly CertificateSeen[] => {
  const leaves = made.wanted
    .filter(one => one.host === host.name && one.kind === 'certificate')
    .map(one => [one.key, pemAt(made, host, one.key) ?? ''] as const);
  const authorities = [...texts].filter(([path]) => path.endsWith('.crt'));
  return [...authorities, ...leaves].map(([path, pem]) => ({
    path,
    changedAt,
    certificates: readCertificates(pem, path).certificates,
    problems: [],
  }));
};

const keysOf = (made: Made, host: Host) =>
  [
    ...made.wanted
      .filter(one => one.host === host.name && one.kind === 'certificate')
      .map(one => ({
        path: (one.want as Wants['certificate']).keyPath,
        pem: made.pairs.get(`${host.name}:${one.key}`)?.keyPem ?? '',
        mode: '600',
      })),
    ...made.wanted
      .filter(one => one.host === host.name && one.kind === 'file' && /\.(key|pub)$/.test(one.key))
      .map(one => ({
        path: one.key,
        pem: one.key.endsWith('ca.key') ? (made.authorities.ca?.keyPem ?? '') : made.serviceAccountPublic,
        mode: one.key.endsWith('.pub') ? '644' : '600',
      })),
  ].map(({ path, pem, mode }) => ({ path, mode, changedAt, spkiSha256: spkiOfKey(pem) ?? '' }));

const kubeconfigsOf = (made: Made, host: Host): readonly KubeconfigSeen[] =>
  made.wanted
    .filter(one => one.host === host.name && one.kind === 'kubeconfig')
    .map(one => {
      const want = one.want as Wants['kubeconfig'];
      const pair = made.pairs.get(`${host.name}:${one.key}`);
      const { value } = readKubeconfig(
        writeKubeconfig({
          server: want.server,
          cluster: want.cluster,
          user: want.user,
          caPem: want.caPem,
          certPem: pair?.certPem ?? '',
          keyPem: pair?.keyPem ?? '',
        }),
        one.key,
      );
      if (!value) throw new Error(`no kubeconfig for ${one.key}`);
      return {
        path: one.key,
        mode: '600',
        changedAt,
        value,
        problems: [],
        ca: readCertificates(want.caPem).certificates,
        client: readCertificates(pair?.certPem ?? '').certificates,
        keyMatches: true,
      };
    });

const servedOf = (host: Host, made: Made, certificates: readonly CertificateSeen[]): readonly ServedSeen[] => {
  const chain = (path: string) => certificates.find(one => one.path === path)?.certificates ?? [];
  const pki = '/etc/kubernetes/pki';
  const at = (port: number, path: string) => ({ address: host.address, port, chain: chain(path) });
  const control = host.roles.includes('controlPlane')
    ? [at(6443, `${pki}/apiserver.crt`), { ...at(made.spec.endpoint.port, `${pki}/apiserver.crt`) }]
    : [];
  const etcd = host.roles.includes('etcd')
    ? [at(2379, `${pki}/etcd/server.crt`), at(2380, `${pki}/etcd/peer.crt`)]
    : [];
  return [...control, ...etcd, at(10250, '/var/lib/kubelet/pki/kubelet.crt')];
};

const memberId = (made: Made, name: string): string => made.sha256(`member ${name}`).slice(0, 16);

const etcdOf = (made: Made) => {
  const members = made.spec.hosts.filter(one => one.roles.includes('etcd'));
  return {
    members: members.map(one => ({
      id: memberId(made, one.name),
      name: one.name,
      peerUrls: [`https://${one.address}:2380`],
      clientUrls: [`https://${one.address}:2379`],
      learner: false,
    })),
    status: members.map(one => ({
      endpoint: `https://${one.address}:2379`,
      memberId: memberId(made, one.name),
      clusterId: 'cdf818194e3a8c32',
      leader: memberId(made, 'kw-1'),
      dbSize: 20e6,
      version: '3.4.23',
      errors: [],
    })),
    alarms: [],
    fsyncP99: 0.004,
    quota: 2 * 2 ** 30,
  };
};
