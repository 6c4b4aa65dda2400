/** Where a component of the control plane answers health checks, by its flags. */
import type { Flags } from '../../../read/flags.js';

export interface Door {
  readonly port: number;
  readonly scheme: 'HTTP' | 'HTTPS' /** `0.0.0.0` or `::`: everywhere. */;
  readonly address: string;
  readonly paths: readonly RegExp[];
}

const health = [/^\/healthz(\/|\?|$)/, /^\/livez(\/|\?|$)/, /^\/readyz(\/|\?|$)/];

/** undefined: a program of which nothing is known here. */
export const doorsOf = (program: string, flags: Flags): readonly Door[] | undefined => {
  if (program === 'etcd') return etcd(flags);
  const secure = { 'kube-apiserver': 6443, 'kube-controller-manager': 10257, 'kube-scheduler': 10259 }[program];
  if (secure === undefined) return undefined;
  const plain = { 'kube-controller-manager': 10252, 'kube-scheduler': 10251 }[program];
  // The port without TLS was there until 1.23, and is off with --port=0.
  const insecure = plain !== undefined && flags.get('port') !== undefined && flags.get('port') !== '0';
  return [
    {
      port: Number(flags.get('secure-port') ?? secure),
      scheme: 'HTTPS',
      address: flags.get('bind-address') ?? '0.0.0.0',
      paths: health,
    },
    ...(insecure
      ? [
          {
            port: Number(flags.get('port')),
            scheme: 'HTTP' as const,
            address: flags.get('address') ?? '0.0.0.0',
            paths: health,
          },
        ]
      : []),
  ];
};

/** /health also stands on the client URLs, which a probe cannot use where they ask for a certificate. */
const etcd = (flags: Flags): readonly Door[] => {
  const urls = [
    ...flags.all('listen-metrics-urls'),
    ...(flags.get('client-cert-auth') === 'true' ? [] : flags.all('listen-client-urls')),
  ];
  return urls.flatMap(url => {
    const [, scheme, address = '', port] = /^(https?):\/\/(\[[^\]]+\]|[^:/]+):(\d+)/.exec(url) ?? [];
    return port === undefined
      ? []
      : [
          {
            port: Number(port),
            scheme: scheme === 'https' ? ('HTTPS' as const) : ('HTTP' as const),
            address: address.replace(/^\[|\]$/g, ''),
            paths: [/^\/(health|readyz|livez)(\/|\?|$)/],
          },
        ];
  });
};

/** Whether a connection to `host` reaches a socket bound to `address`. */
export const reaches = (host: string, address: string): boolean =>
  address === '0.0.0.0' ||
  address === '::' ||
  address === '' ||
  address === host ||
  (host === 'localhost' && /^127\.|^::1$/.test(address));
