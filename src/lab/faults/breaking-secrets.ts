/** Secrets encrypted at rest on a cluster that kubeadm built: by hand, as everybody does it. */
import { kubectl, setFlag } from './breaking.js';
import { addressOf, firstControlPlane, type LabCluster } from './fault.js';
import { raw, type Script, sh } from '../../shell/sh.js';

/** Below a folder that its API server mounts already. */
const ofKubeadm = '/etc/kubernetes/pki/kw-encryption.yaml';
/** Providers before and behind the one that reads what nobody has encrypted. */
export const config = (before: string, behind = ''): string => `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secrets
    providers:
${before}      - identity: {}
${behind}`;

/** The same bytes on every host, made of nothing that is secret. */
const sharedKey = Buffer.from('a key that the lab alone knows!!').toString('base64');
export const byKey = (name = 'key1', secret = sharedKey): string =>
  config(`      - aescbc:
          keys:
            - name: ${name}
              secret: ${secret}
`);

export const planesOf = (lab: LabCluster): readonly string[] =>
  lab.hosts.filter(host => host.roles.includes('controlPlane')).map(host => host.name);
/** Where nothing is encrypted yet, every server is changed. */
export const planesWhereKubeadm = (lab: LabCluster): string | readonly string[] =>
  lab.built === 'kubeadm' ? planesOf(lab) : firstControlPlane(lab);

const readyAnew = (lab: LabCluster, host: string, filter: Script): Script => sh`n=0; l=0; until [ $l -ge 3 ]; do \
n=$((n+1)); [ $n -lt 100 ] || exit 1; sleep 1
if for p in $(pidof kube-apiserver); do tr "\\000" " " < /proc/$p/cmdline; done 2>/dev/null | ${raw(filter)} && \
[ "$(${raw(kubectl)} --server ${`https://${addressOf(lab, host)}:6443`} get --raw /livez)" = ok ]; \
then l=$((l+1)); else l=0; fi; done`;

/** An API server that encrypts by this file, once it answers. */
export const encrypts = (lab: LabCluster, host: string, text: string): Script => sh`printf %s ${text} > ${ofKubeadm}
chmod 600 ${ofKubeadm}
${raw(setFlag('kube-apiserver', 'encryption-provider-config', ofKubeadm))}
${raw(readyAnew(lab, host, sh`grep -q ${ofKubeadm}`))}`;

/** Written through this host's own server. */
export const secretWritten = (lab: LabCluster, host: string): Script => {
  const asked = sh`${raw(kubectl)} --server ${`https://${addressOf(lab, host)}:6443`} -n default`;
  return sh`${raw(asked)} delete secret kw-encrypted --ignore-not-found && \
${raw(asked)} create secret generic kw-encrypted --from-literal=a=b`;
};

/** As kubeadm leaves it; what was encrypted goes too, by a server that can read it. */
export const asBuilt = sh`[ ! -e ${ofKubeadm} ] || { ${raw(kubectl)} --server https://localhost:6443 \\
--tls-server-name kubernetes -n default delete secret kw-encrypted --ignore-not-found
${raw(setFlag('kube-apiserver', 'encryption-provider-config', null))}
rm -f ${ofKubeadm}; }`;
