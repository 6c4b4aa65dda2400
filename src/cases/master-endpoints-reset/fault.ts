import { defineFault, firstControlPlane, type LabCluster } from '../../clinic/fault.js';

const controlPlanes = (lab: LabCluster): readonly string[] => lab.hosts.filter(host => host.roles.includes('controlPlane')).map(host => host.name);

/** Its kubelet replaces a static pod in its own time, and the first new process may end at once, while the old one still has the port: until the new one has lasted. */
const told = 'n=0; l=0; until [ $l -ge 10 ]; do n=$((n+1)); [ $n -lt 200 ] || exit 1; if for p in $(pidof kube-apiserver); do tr "\\000" " " < /proc/$p/cmdline; done 2>/dev/null | grep -q reconciler; then l=$((l+1)); else l=0; fi; sleep 1; done';

export default defineFault({
  case: 'master-endpoints-reset',
  variants: {
    'master-count': {
      on: controlPlanes, needs: { controlPlanes: 2 },
      break: `set -e
f=/etc/systemd/system/kube-apiserver.service
if [ -e "$f" ]; then grep -q reconciler "$f" || sed -i 's#^ExecStart=[^ ]*kube-apiserver#& --endpoint-reconciler-type=master-count --apiserver-count=1#' "$f"; systemctl daemon-reload; systemctl restart kube-apiserver
else f=/etc/kubernetes/manifests/kube-apiserver.yaml; grep -q reconciler "$f" || sed -i 's#^\\( *\\)- --advertise-address=.*#&\\n\\1- --endpoint-reconciler-type=master-count\\n\\1- --apiserver-count=1#' "$f"; ${told}; fi`,
      symptom: {
        on: firstControlPlane,
        script: `journalctl -u kube-apiserver --since=-60s -o cat --no-pager 2>/dev/null | grep Resetting; find /var/log/pods/kube-system_kube-apiserver* -name '*.log' -mmin -1 2>/dev/null | xargs -r grep -h Resetting | tail -n 5; true`,
        expect: /Resetting endpoints for master service "kubernetes" to/, seconds: 150,
      },
    },
    'dead-endpoint': {
      on: controlPlanes,
      // Nobody corrects what is written by hand.
      break: lab => `set -e
f=/etc/systemd/system/kube-apiserver.service
if [ -e "$f" ]; then grep -q reconciler "$f" || sed -i 's#^ExecStart=[^ ]*kube-apiserver#& --endpoint-reconciler-type=none#' "$f"; systemctl daemon-reload; systemctl restart kube-apiserver
else f=/etc/kubernetes/manifests/kube-apiserver.yaml; grep -q reconciler "$f" || sed -i 's#^\\( *\\)- --advertise-address=.*#&\\n\\1- --endpoint-reconciler-type=none#' "$f"; ${told}; fi
n=0; until kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=5s -n default patch endpoints kubernetes --type=merge -p '{"subsets":[{"addresses":[${lab.hosts.filter(host => host.roles.includes('controlPlane')).map(host => `{"ip":"${host.address}"}`).join(',')},{"ip":"192.0.2.99"}],"ports":[{"name":"https","port":6443,"protocol":"TCP"}]}]}'; do n=$((n+1)); [ $n -lt 60 ] || exit 1; sleep 2; done`,
      // The plain table shows three addresses, "+ 1 more...".
      symptom: { on: firstControlPlane, script: 'kubectl --kubeconfig=/etc/kubernetes/admin.conf -n default describe endpoints kubernetes', expect: /Addresses:.*192\.0\.2\.99/, seconds: 60 },
    },
  },
  notes: 'dead-endpoint: the therapy writes the endpoints; --endpoint-reconciler-type=none remains, which is somebody’s choice. A server that is told `none` removes its own lease when it stops. missing-endpoint lasts seconds with leases: fixtures stand for it.',
});
