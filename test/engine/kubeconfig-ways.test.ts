/** Kubeconfigs that lead nowhere by themselves: what they lack is said, and what else leads to the cluster. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readFileSync } from 'node:fs';
import { kubeconfigWay } from '../../src/engine/gather/ways.js';

const ca = readFileSync(new URL('../clinic/base/pki/ca.crt', import.meta.url)).toString('base64');

const kubeconfig = (user: object, cluster: object = { 'certificate-authority-data': ca }): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://api.example.com:6443', ...cluster } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
    users: [{ name: 'u', user }],
  });

const plugin = (command: string) => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args: ['get'] },
});

/** Forms of Omni, EKS, GKE, AKS, OIDC, an old plugin of the client itself, and one without any. */
test.each([
  ['kubectl oidc-login', plugin('kubectl'), /a program \(kubectl\)/],
  ['aws', plugin('aws'), /a program \(aws\)/],
  ['gke-gcloud-auth-plugin', plugin('gke-gcloud-auth-plugin'), /a program \(gke-gcloud-auth-plugin\)/],
  ['kubelogin', plugin('kubelogin'), /a program \(kubelogin\)/],
  ['tsh', plugin('/usr/local/bin/tsh'), /a program \(\/usr\/local\/bin\/tsh\)/],
  ['auth-provider', { 'auth-provider': { name: 'oidc' } }, /no client certificate with its key, and no token/],
  ['nothing', {}, /neither key nor token/],
])('%s', (_, user, says) => {
  expect(() => kubeconfigWay(kubeconfig(user), 'config')).toThrow(says);
  if (Object.keys(user).length > 0) {
    expect(() => kubeconfigWay(kubeconfig(user), 'config')).toThrow(/--hosts CONTROL-PLANE/);
  }
});

test('without a CA it says that', () => {
  expect(() => kubeconfigWay(kubeconfig({ token: 'x' }, { 'insecure-skip-tls-verify': true }), 'config')).toThrow(
    /no certificate of a CA/,
  );
});

test('a token beside a program is used, and the program is not run', () => {
  expect(kubeconfigWay(kubeconfig({ token: 'x', ...plugin('aws') }), 'config').credentials).toEqual({ token: 'x' });
});
