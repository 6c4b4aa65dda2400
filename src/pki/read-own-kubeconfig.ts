/** Reads what `writeKubeconfig` wrote, without a YAML parser: a plan of 5,000 hosts reads 10,000 of them. */
import type { Kubeconfig } from './kubeconfig.js';
import { readCertificates } from './read.js';

/** undefined: it is not exactly of that form, or something is wrong with it; the YAML reader then says what. */
export const readOwn = (text: string): Kubeconfig | undefined => {
  const { ca, server, cluster, context, user, leaf } = form.exec(text)?.groups ?? {};
  if (!ca || !leaf || !server || !cluster || !user || context !== `${user}@${cluster}`) return undefined;
  const [caPem, certPem] = [sound(ca, 'certificate-authority-data'), sound(leaf, 'client-certificate-data')];
  if (caPem === undefined || certPem === undefined) return undefined;
  return {
    context,
    cluster,
    user,
    server,
    insecure: false,
    caPem,
    certPem,
    key: { in: 'text' },
    token: { in: 'nowhere' },
    clusters: [cluster],
    contexts: [context],
    users: [user],
  };
};

// Names that YAML leaves as they are: with a letter first, and no word that it takes for something else.
const name = '(?!(?:true|false|null|yes|no|on|off|y|n)\\n)[A-Za-z][\\w.-]*(?::[\\w.-]+)*';
const form = new RegExp(
  [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `  - name: (?<cluster>${name})`,
    '    cluster:',
    '      certificate-authority-data: (?<ca>[A-Za-z0-9+/=]+)',
    '      server: (?<server>https?://[\\w.:[\\]-]+)',
    'contexts:',
    `  - name: (?<context>${name}@${name})`,
    '    context:',
    '      cluster: \\k<cluster>',
    '      user: (?<user>[^\\n]+)',
    'current-context: \\k<context>',
    'preferences: {}',
    'users:',
    '  - name: \\k<user>',
    '    user:',
    '      client-certificate-data: (?<leaf>[A-Za-z0-9+/=]+)',
    '      client-key-data: [A-Za-z0-9+/=]+',
  ]
    .join('\\n')
    .replace(/^/, '^')
    .concat('\\n?$'),
);

const sound = (data: string, file: string): string | undefined => {
  if (data.length % 4 !== 0 || /=[^=]/.test(data)) return undefined;
  const { certificates, problems } = readCertificates(Buffer.from(data, 'base64').toString(), file);
  return problems.length === 0 ? certificates.map(one => one.pem).join('') : undefined;
};
