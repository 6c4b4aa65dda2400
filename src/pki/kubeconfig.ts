/** Kubeconfigs as text: what they hold, and how Kubewizard writes them. */
import { stringify } from 'yaml';

export interface KubeconfigParts {
  readonly server: string;
  readonly cluster: string;
  readonly user: string;
  readonly caPem: string;
  /** With the intermediates behind the leaf, if any. */
  readonly certPem: string;
  readonly keyPem: string;
  /** The same cluster by other ways: each is a context of its own, for the day on which `server` is away. */
  readonly ways?: readonly { readonly host: string; readonly server: string }[];
}

const named = (cluster: string, host: string): string => (host === '' ? cluster : `${cluster}-${host}`);

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const writeKubeconfig = ({
  server,
  cluster,
  user,
  caPem,
  certPem,
  keyPem,
  ways = [],
}: KubeconfigParts): string =>
  stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ host: '', server }, ...ways].map(way => ({
        name: named(cluster, way.host),
        cluster: { 'certificate-authority-data': base64(caPem), server: way.server },
      })),
      contexts: ['', ...ways.map(way => way.host)].map(host => ({
        name: `${user}@${named(cluster, host)}`,
        context: { cluster: named(cluster, host), user },
      })),
      'current-context': `${user}@${cluster}`,
      preferences: {},
      users: [{ name: user, user: { 'client-certificate-data': base64(certPem), 'client-key-data': base64(keyPem) } }],
    },
    { lineWidth: 0 },
  );

/** Where a credential is: in the file itself, in another file, or nowhere. */
export type Kept =
  | { readonly in: 'text' /** Of a bootstrap token: its id, which is not a secret. */; readonly bootstrap?: string }
  | { readonly in: 'file'; readonly path: string }
  | { readonly in: 'nowhere' };

/** What the current context leads to. */
export interface Kubeconfig {
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  readonly server: string;
  readonly insecure: boolean;
  readonly caPem?: string;
  readonly caPath?: string;
  readonly certPem?: string;
  readonly certPath?: string;
  readonly key: Kept;
  readonly token: Kept;
  /** The command of a credential plugin. */
  readonly exec?: string;
  readonly clusters: readonly string[];
  readonly contexts: readonly string[];
  readonly users: readonly string[];
}
