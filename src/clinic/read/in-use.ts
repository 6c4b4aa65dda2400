/** The certificates, keys and kubeconfigs that components really use: what merely lies about raises no alarm. */
import type { HostChart } from '../chart/host-chart.js';
import type { KubeconfigSeen } from '../chart/seen.js';
import { flagsOf } from './flags.js';
import { controlMachine } from './hosts.js';
import { kubeletOf } from './kubelet.js';
import { at, readYaml } from './yaml.js';

export type Use =
  /** What it shows to its clients, or to the servers that it calls. */
  | {
      readonly as: 'serving' | 'client' | 'peer';
      readonly program: string;
      readonly flag: string;
      readonly path: string;
      readonly key: string;
    }
  /** The CAs that it trusts, and for whom: clients that call it, or servers that it calls. */
  | {
      readonly as: 'trusts-clients' | 'trusts-servers';
      readonly program: string;
      readonly flag: string;
      readonly path: string;
    };

interface Row {
  readonly program: string;
  readonly as: Use['as'];
  readonly flag: string;
  readonly key?: string;
}

const rows: readonly Row[] = [
  { program: 'kube-apiserver', as: 'serving', flag: 'tls-cert-file', key: 'tls-private-key-file' },
  { program: 'kube-apiserver', as: 'client', flag: 'kubelet-client-certificate', key: 'kubelet-client-key' },
  { program: 'kube-apiserver', as: 'client', flag: 'etcd-certfile', key: 'etcd-keyfile' },
  { program: 'kube-apiserver', as: 'client', flag: 'proxy-client-cert-file', key: 'proxy-client-key-file' },
  { program: 'kube-apiserver', as: 'trusts-clients', flag: 'client-ca-file' },
  { program: 'kube-apiserver', as: 'trusts-clients', flag: 'requestheader-client-ca-file' },
  { program: 'kube-apiserver', as: 'trusts-servers', flag: 'etcd-cafile' },
  { program: 'kube-apiserver', as: 'trusts-servers', flag: 'kubelet-certificate-authority' },
  { program: 'kube-controller-manager', as: 'serving', flag: 'tls-cert-file', key: 'tls-private-key-file' },
  { program: 'kube-controller-manager', as: 'trusts-clients', flag: 'client-ca-file' },
  { program: 'kube-scheduler', as: 'serving', flag: 'tls-cert-file', key: 'tls-private-key-file' },
  { program: 'kube-scheduler', as: 'trusts-clients', flag: 'client-ca-file' },
  { program: 'etcd', as: 'serving', flag: 'cert-file', key: 'key-file' },
  { program: 'etcd', as: 'peer', flag: 'peer-cert-file', key: 'peer-key-file' },
  { program: 'etcd', as: 'trusts-clients', flag: 'trusted-ca-file' },
  { program: 'etcd', as: 'trusts-clients', flag: 'peer-trusted-ca-file' },
];

export const certificatesInUse = (host: HostChart): readonly Use[] => {
  const found = known.get(host) ?? uses(host);
  known.set(host, found);
  return found;
};

const known = new WeakMap<HostChart, readonly Use[]>();

const uses = (host: HostChart): readonly Use[] => [
  ...rows.flatMap(({ program, as, flag, key }): readonly Use[] => {
    const flags = flagsOf(host, program).inForce;
    const path = flags?.get(flag);
    if (!path) return [];
    return key === undefined
      ? [{ as, program, flag, path } as Use]
      : [{ as, program, flag, path, key: flags?.get(key) ?? '' } as Use];
  }),
  ...kubeletUses(host),
];

const kubeletUses = (host: HostChart): readonly Use[] => {
  const kubelet = kubeletOf(host);
  const text = (field: string, flag: string): string | undefined => {
    const value: unknown = kubelet.value(field, flag);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const cert = text('tlsCertFile', 'tls-cert-file');
  const ca = text('authentication.x509.clientCAFile', 'client-ca-file');
  return [
    ...(cert === undefined
      ? []
      : [
          {
            as: 'serving',
            program: 'kubelet',
            flag: 'tlsCertFile',
            path: cert,
            key: text('tlsPrivateKeyFile', 'tls-private-key-file') ?? '',
          } as const,
        ]),
    ...(ca === undefined
      ? []
      : [{ as: 'trusts-clients', program: 'kubelet', flag: 'authentication.x509.clientCAFile', path: ca } as const]),
  ];
};

export interface KubeconfigUse {
  readonly program: string;
  readonly path: string;
  /** Somebody's own: what its user may do is nobody's illness. */
  readonly personal?: true;
}

/** Also the administrator's, which people use, and their own where they lead to this cluster. */
export const kubeconfigsInUse = (host: HostChart): readonly KubeconfigUse[] => {
  const of = (program: string, ...flags: readonly string[]): readonly KubeconfigUse[] => {
    const seen = flagsOf(host, program).inForce;
    return [...new Set(flags.map(flag => seen?.get(flag)).filter(path => path !== undefined))].map(path => ({
      program,
      path,
    }));
  };
  const proxy = at(proxyConfig(host), 'clientConnection', 'kubeconfig');
  const present = 'value' in host.kubeconfigs ? host.kubeconfigs.value : [];
  return [
    ...of('kube-controller-manager', 'kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'),
    ...of('kube-scheduler', 'kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'),
    ...of('kubelet', 'kubeconfig'),
    ...of('kube-proxy', 'kubeconfig'),
    ...(typeof proxy === 'string' && proxy !== '' ? [{ program: 'kube-proxy', path: proxy }] : []),
    ...present
      .filter(one => /\/(admin|super-admin)\.conf$/.test(one.path))
      .map(one => ({ program: 'kubectl', path: one.path })),
    ...present
      .filter(
        one =>
          host.roles.includes(controlMachine) || (one.path.endsWith('/.kube/config') && leadsHere(one, host, present)),
      )
      .map(one => ({ program: 'kubectl', path: one.path, personal: true }) as const),
  ];
};

/** A person on a host may work with other clusters too; one whose file leads nowhere at all cannot work with any. */
const leadsHere = ({ value }: KubeconfigSeen, host: HostChart, present: readonly KubeconfigSeen[]): boolean =>
  value === undefined ||
  addressOf(value.server) === host.address ||
  present.some(one => one.path.startsWith('/etc/kubernetes/') && one.value?.server === value.server);

const addressOf = (server: string): string => /^https:\/\/([^:/[]+)/.exec(server)?.[1] ?? '';

const proxyConfig = (host: HostChart): unknown => {
  const path = flagsOf(host, 'kube-proxy').inForce?.get('config');
  const text =
    path === undefined || !('value' in host.files)
      ? undefined
      : host.files.value.find(file => file.path === path)?.text;
  const parsed = text === undefined ? undefined : readYaml(text);
  return parsed && 'value' in parsed ? parsed.value : undefined;
};
