import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { type Script, sh } from '../../../shell/sh.js';

const dropIn = (unit: string): Script => sh`set -e
mkdir -p /etc/systemd/system/${unit}.service.d
printf '[Service]\\nEnvironment=HTTPS_PROXY=http://127.0.0.1:3128 NO_PROXY=localhost\\n' > \
/etc/systemd/system/${unit}.service.d/10-proxy.conf
systemctl daemon-reload; systemctl restart ${unit}`;

export default defineFault({
  case: 'proxy-environment',
  variants: {
    client: {
      on: firstWorker,
      break: dropIn('kubelet'),
      symptom: {
        on: firstWorker,
        script: sh`journalctl -u kubelet --since=-60s -o cat --no-pager`,
        expect: /proxyconnect tcp: dial tcp 127\.0\.0\.1:3128: connect: connection refused/,
        seconds: 60,
      },
      also: ['node-not-ready-cni'],
    },
    apiserver: {
      on: firstControlPlane,
      built: 'kubewizard',
      break: dropIn('kube-apiserver'),
      symptom: {
        script: lab =>
          sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s \
--server=https://${lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? ''}:6443 get \
--raw /api/v1/nodes/${firstWorker(lab)}/proxy/healthz 2>&1`,
        expect: /proxyconnect tcp|127\.0\.0\.1:3128/,
        seconds: 90,
      },
    },
  },
  notes: 'Nobody listens on 3128: the refused connection is the proof that the proxy is asked.',
});
