/** Where a component of the control plane answers health checks, by its flags. */
import { components } from '../../../../model/components.js';
import { type Flags, readFlags } from '../../../read/flags.js';
import type { Container } from '../../../read/manifests.js';

export interface Listener {
  readonly port: number;
  readonly scheme: 'HTTP' | 'HTTPS';
  /** `0.0.0.0` or `::`: everywhere. */
  readonly address: string;
  readonly paths: readonly RegExp[];
}

const health = [/^\/healthz(\/|\?|$)/, /^\/livez(\/|\?|$)/, /^\/readyz(\/|\?|$)/];

/** undefined: a program of which nothing is known here. */
export const listenersOf = (program: string, flags: Flags): readonly Listener[] | undefined => {
  if (program === 'etcd') return etcd(flags);
  const row = components.find(one => one.program === program && one.manifest !== undefined);
  const secure = row?.ports.find(one => one.use === 'secure')?.port;
  if (!row || secure === undefined) return undefined;
  const plain = row.insecurePort;
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
const etcd = (flags: Flags): readonly Listener[] => {
  const urls = [
    ...flags.all('listen-metrics-urls'),
    ...(flags.get('client-cert-auth') === 'true'
      ? []
      : [...flags.all('listen-client-urls'), ...flags.all('listen-client-http-urls')]),
  ];
  return urls.flatMap(listenerAt);
};

/** Wherever a connection is taken, whoever may ask there. */
export const socketsOf = (program: string, flags: Flags): readonly Listener[] =>
  program === 'etcd'
    ? ['listen-metrics-urls', 'listen-client-urls', 'listen-client-http-urls', 'listen-peer-urls'].flatMap(flag =>
        flags.all(flag).flatMap(listenerAt),
      )
    : (listenersOf(program, flags) ?? []);

const listenerAt = (url: string): readonly Listener[] => {
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
};

export const programOf = ({ command, args }: Container): string => [...command, ...args][0]?.split('/').at(-1) ?? '';
export const flagsIn = ({ command, args }: Container): Flags => readFlags([...command, ...args].slice(1));

/** etcd takes its URLs from elsewhere too, and then its flags do not tell where it listens. */
export const isToldElsewhere = (container: Container): boolean =>
  programOf(container) === 'etcd' &&
  (flagsIn(container).get('config-file') !== undefined ||
    Object.keys(container.env).some(name => /^ETCD_(LISTEN_|CLIENT_CERT_AUTH|CONFIG_FILE)/.test(name)));

/** Whether a connection to `host` reaches a socket bound to `address`. */
export const reaches = (host: string, address: string): boolean =>
  address === '0.0.0.0' ||
  address === '::' ||
  address === '' ||
  address === host ||
  (host === 'localhost' && /^127\.|^::1$/.test(address));
