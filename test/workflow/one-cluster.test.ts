import { expect, test } from 'vitest';
import { identityOf } from '../../src/clinic/read/identity.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { oneCluster } from '../../src/workflow/clinic/one-cluster.js';
import { baseChart } from '../clinic/fixture.js';

const other = async (): Promise<{ readonly text: string; readonly path: string; readonly id: string }> => {
  const now = new Date('2026-01-01');
  const { certPem } = await createAuthority({ commonName: 'kubernetes', days: 10, algorithm: 'ecdsa-p256', now });
  return {
    path: 'b.conf',
    id: readCertificates(certPem).certificates[0]?.fingerprint ?? '',
    text:
      'apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: c\n  context: { cluster: k, user: u }\n' +
      'users:\n- name: u\n  user: {}\nclusters:\n- name: k\n  cluster:\n    server: https://10.0.0.1:6443\n' +
      `    certificate-authority-data: ${Buffer.from(certPem).toString('base64')}\n`,
  };
};

test('a kubeconfig whose API answers, and whose CA the hosts do not trust, is of another cluster', async () => {
  const chart = baseChart('kubeadm');
  const kubeconfig = await other();
  const [own = ''] = identityOf(chart).authorities;
  for (const id of [own, kubeconfig.id])
    expect(() => oneCluster(chart, kubeconfig)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(id.slice(0, 16)) }),
    );
});

test('a strange CA by which nobody answers is for the doctor to judge', async () => {
  const chart = baseChart('kubeadm');
  const silent = { ...chart, api: { ...chart.api, objects: {} } } as typeof chart;
  expect(() => oneCluster(silent, { path: 'b.conf', text: '' })).not.toThrow();
  const kubeconfig = await other();
  expect(() => oneCluster(silent, kubeconfig)).not.toThrow();
});
