import type { Carried } from '../../model/carried.js';
import { type Fact, Unreadable } from '../../model/fact.js';
import { authorityFiles } from '../../model/rotated-authorities.js';
import { sh } from '../../shell/sh.js';
import { etcdClusterId } from './etcd-cluster-id.js';

const { signer, next } = authorityFiles('ca');

/** No private key leaves the host: of a file that may hold one only its certificates are shown. */
const script = sh`kw_carried() { [ ! -s "$2" ] || { printf '%s=' "$1"; sed -n '/-BEGIN CERT/,/-END CERT/p' "$2" | \
head -c 32768 | base64 | tr -d '\\n'; echo; }; }
kw_carried ca /etc/kubernetes/pki/ca.crt
[ -s /etc/kubernetes/pki/ca.crt ] || kw_carried ca /etc/kubernetes/ssl/kube-ca.pem
kw_carried ca-signer ${signer}
kw_carried ca-next ${next}
kw_carried etcd-ca /etc/kubernetes/pki/etcd/ca.crt
kw_carried credential /var/lib/kubelet/pki/kubelet-client-current.pem
[ ! -s /etc/kubernetes/kubelet.conf ] || \
sed -n -e 's/^ *certificate-authority-data: *\\([A-Za-z0-9+/=]*\\) *$/kubelet-ca=\\1/p' \
-e 's/^ *client-certificate-data: *\\([A-Za-z0-9+/=]*\\) *$/inline-credential=\\1/p' \
-e 's/^ *cluster: *\\([A-Za-z0-9][A-Za-z0-9._-]*\\) *$/name=\\1/p' /etc/kubernetes/kubelet.conf
[ ! -d /var/lib/etcd/member ] || { echo etcd=yes; [ ! -e /etc/systemd/system/etcd.service ] || \
sed -n 's/.*--initial-cluster-token=\\([A-Za-z0-9._-]*\\).*/etcd-name=\\1/p' /etc/systemd/system/etcd.service; }
for f in /var/lib/etcd/member/wal/*.wal; do [ ! -s "$f" ] || { printf 'etcd-log='; head -c 256 "$f" | base64 | \
tr -d '\\n'; echo; break; }; done
[ ! -d /var/lib/kubewizard ] || echo marked=yes
for f in /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/admin.conf \
/etc/kubernetes/super-admin.conf /etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/pki \
/etc/rancher /var/lib/rancher \
/var/lib/k0s /var/snap/microk8s; do [ ! -e "$f" ] || echo "trace=$f"; done
echo end=yes`;

/** Asked of every host before anything else, and before anything is fetched from it: 20 ms. */
export const carried: Fact<Carried> = { id: 'carried', question: { ask: 'host', script }, parse: read };

function read(output: string): Carried {
  const all = (name: string): readonly string[] =>
    [...output.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(found => found[1] ?? '');
  const first = (name: string): string | undefined => all(name)[0];
  if (first('end') !== 'yes') throw new Unreadable('carried', output, 'it broke off before it said whose it is');
  const text = (name: string): string | undefined => {
    const base64 = first(name);
    return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
  };
  const log = first('etcd-log');
  return {
    ...only('ca', text('ca')),
    ...only('caSigner', text('ca-signer')),
    ...only('caNext', text('ca-next')),
    ...only('etcdCa', text('etcd-ca')),
    ...only('kubeletCa', text('kubelet-ca')),
    ...only('credential', text('credential') ?? text('inline-credential')),
    etcdData: first('etcd') === 'yes',
    ...only('etcdCluster', log === undefined ? undefined : etcdClusterId(Buffer.from(log, 'base64'))),
    ...only('name', first('etcd-name') ?? first('name')),
    marked: first('marked') === 'yes',
    traces: all('trace'),
  };
}

const only = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
