import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { files } from '../../src/facts/chart/files.js';

/** The collector's own choice of names, asked of the real sh. */
const chosen = (path: string): boolean => {
  const pattern = /case \$f in (.*?)\) \[ -f/.exec(files.script)?.[1] ?? '';
  return execFileSync('sh', { input: `f=${path}; case $f in ${pattern}) echo yes;; esac`, encoding: 'utf8' }).trim() === 'yes';
};

test.each([
  ['/etc/kubernetes/keepalived/keepalived.conf', true], ['/etc/kubernetes/haproxy/haproxy.cfg', true], ['/etc/kubernetes/manifests/etcd.yaml', true], ['/etc/sysctl.d/99-kubewizard.conf', true],
  ['/etc/kubernetes/admin.conf', false], ['/etc/kubernetes/kubelet.conf', false], ['/etc/kubernetes/super-admin.conf', false], ['/etc/kubernetes/pki/ca.key', false], ['/var/lib/kube-proxy/kubeconfig.conf', false],
])('%s is read as a configuration file: %s', (path, read) => expect(chosen(path)).toBe(read));
