import { mergeKubeconfig } from '../../../src/cli/merge-kubeconfig.js';
import { ownKubeconfig } from '../../../src/engine/gather/own-kubeconfig.js';
import { keyOfKubeconfig, readKubeconfig } from '../../../src/pki/read-kubeconfig.js';
import { recover } from '../../../src/engine/vault/recover.js';
import { writeKubeconfig } from '../../../src/pki/kubeconfig.js';
import { readCertificates } from '../../../src/pki/read.js';
import { Complaint, type Target } from '../target.js';
import { fileText } from './examples.js';

const pem = (name: string): string => fileText(`test/clinic/base/pki/${name}`);

const own = (): string =>
  writeKubeconfig({
    server: 'https://10.0.0.100:6443',
    cluster: 'demo',
    user: 'admin',
    caPem: pem('ca.crt'),
    certPem: pem('other-ca.crt'),
    keyPem: pem('other-ca.key'),
  });

const withPlugin = (): string =>
  own()
    .replace(/client-certificate-data: .*\n/, 'exec: {apiVersion: client.authentication.k8s.io/v1, command: aws}\n')
    .replace(/ +client-key-data: .*\n/, '');
const withFiles = (): string =>
  own()
    .replace(/certificate-authority-data: .*/, 'certificate-authority: ca.crt')
    .replace(/client-certificate-data: .*/, 'client-certificate: me.crt')
    .replace(/client-key-data: .*/, 'token: abcdef.0123456789abcdef');

const read = async (text: string): Promise<void> => {
  const { value, problems } = readKubeconfig(text, 'admin.conf');
  if (!value && problems.length === 0) throw new Complaint('no kubeconfig, and no word why');
  for (const { says, at } of problems)
    if (says.trim() === '' || !at) throw new Complaint('a problem without a place or a word');
  keyOfKubeconfig(text);
  await ownKubeconfig('/nowhere/kubeconfig', text);
  try {
    mergeKubeconfig(text, own(), 'config');
  } finally {
    readCertificates(text, 'ca.crt');
  }
};

export const kubeconfig: Target = {
  name: 'kubeconfig',
  form: 'yaml',
  examples: () => [own(), withPlugin(), withFiles()],
  run: read,
};

const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: {keys: [{name: key1, secret: MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}]}
      - identity: {}
`;

/** Files of control planes that a vault is made of again. */
export const recovered: Target = {
  name: 'vault-from-hosts',
  form: 'yaml',
  examples: () => [encryption, pem('ca.crt'), pem('ca.key'), pem('ca.crt') + pem('other-ca.crt')],
  run: async text => {
    const files = ['pki/ca.crt', 'pki/ca.key', 'pki/sa.key', 'pki/etcd/ca.crt', 'encryption-config.yaml'];
    await recover([
      { host: 'a', files: Object.fromEntries(files.map(path => [`/etc/kubernetes/${path}`, text])) },
      { host: 'b', files: { '/etc/kubernetes/pki/ca.crt': pem('ca.crt') } },
    ] as Parameters<typeof recover>[0]);
  },
};
