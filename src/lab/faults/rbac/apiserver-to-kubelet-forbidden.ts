import { defineFault, firstControlPlane, firstWorker, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s`;
const addressOf = (lab: LabCluster, name: string): string => lab.hosts.find(host => host.name === name)?.address ?? '';
const ask = (lab: LabCluster): Script =>
  sh`${raw(kubectl)} --server=https://${addressOf(lab, firstControlPlane(lab))}:6443 get \
--raw /api/v1/nodes/${firstWorker(lab)}/proxy/stats/summary 2>&1 | head -c 2000`;

export default defineFault({
  case: 'apiserver-to-kubelet-forbidden',
  variants: {
    unbound: {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`${raw(kubectl)} delete clusterrolebinding kubewizard:apiserver-to-kubelets --ignore-not-found`,
      // A kubelet remembers an answer of yes for five minutes.
      symptom: {
        script: ask,
        expect: pattern(
          /Forbidden ?\(user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=/i,
          /(stats|proxy)\)|forbidden/i,
        ),
        seconds: 360,
      },
      also: ['apiserver-to-kubelet-forbidden/unbound'],
    },
    'no-certificate': {
      on: firstControlPlane,
      break: sh`set -e
f=/etc/systemd/system/kube-apiserver.service
if [ -e "$f" ]; then sed -i '/--kubelet-client-\\(certificate\\|key\\)=/d' "$f"; systemctl daemon-reload; \
systemctl restart kube-apiserver
else sed -i '/--kubelet-client-\\(certificate\\|key\\)=/d' /etc/kubernetes/manifests/kube-apiserver.yaml; fi`,
      symptom: {
        script: ask,
        expect: /user=system:anonymous|Unauthorized|unauthorized|asked for the client to provide credentials/,
        seconds: 150,
      },
    },
    'no-authority': {
      on: firstWorker,
      break: sh`set -e
sed -i '/clientCAFile:/d; s/^\\( *\\)x509:$/\\1x509: {}/' /var/lib/kubelet/config.yaml
systemctl restart kubelet`,
      symptom: {
        on: firstControlPlane,
        script: ask,
        expect: /user=system:anonymous|Unauthorized|unauthorized|asked for the client to provide credentials/,
        seconds: 90,
      },
    },
  },
  notes:
    'With anonymous-auth off the kubelet answers 401 Unauthorized instead of naming system:anonymous, and ' +
    'kubectl says of it that the server has asked for credentials.',
});
