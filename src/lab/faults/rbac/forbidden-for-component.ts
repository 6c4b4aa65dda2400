import { defineFault, dnsOf, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s`;
const asScheduler = sh`kubectl --kubeconfig=/etc/kubernetes/scheduler.conf --request-timeout=10s get pods -A 2>&1`;

const accountOf = (lab: LabCluster): string => `system:serviceaccount:kube-system:${dnsOf(lab)}`;

export default defineFault({
  case: 'forbidden-for-component',
  variants: {
    binding: {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} delete clusterrolebinding system:kube-scheduler --ignore-not-found`,
      symptom: {
        script: asScheduler,
        expect: /pods is forbidden: User "system:kube-scheduler" cannot list resource "pods"/,
        seconds: 20,
      },
    },
    role: {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} patch clusterrole system:kube-scheduler --type=json \
-p '[{"op":"replace","path":"/rules","value":[
{"apiGroups":[""],"resources":["nodes"],"verbs":["get","list","watch"]},
{"apiGroups":["coordination.k8s.io"],"resources":["leases"],"verbs":["create","get","update"]}]}]'`,
      symptom: {
        script: asScheduler,
        expect: /pods is forbidden: User "system:kube-scheduler" cannot list resource "pods"/,
        seconds: 20,
      },
    },
    identity: {
      on: firstControlPlane,
      // The scheduler's key signed anew, for a name that no binding knows.
      break: sh`set -e
d=$(mktemp -d); cd "$d"
openssl ecparam -name prime256v1 -genkey -noout -out k.pem
openssl req -new -key k.pem -subj /CN=kube-scheduler -out r.csr
printf 'extendedKeyUsage=clientAuth\\n' > e.cnf
openssl x509 -req -in r.csr -CA /etc/kubernetes/pki/ca.crt -CAkey /etc/kubernetes/pki/ca.key -set_serial "$(date +%s)" \
-days 100 -extfile e.cnf -out c.pem 2>/dev/null
user=$(kubectl --kubeconfig=/etc/kubernetes/scheduler.conf config view -o jsonpath='{.users[0].name}')
kubectl --kubeconfig=/etc/kubernetes/scheduler.conf config set-credentials "$user" --client-certificate=c.pem \
--client-key=k.pem --embed-certs=true
rm -rf "$d"
if systemctl is-active -q kube-scheduler; then systemctl restart kube-scheduler
else for p in /proc/[0-9]*; do n=$(tr '\\0' '\\n' <"$p/cmdline" 2>/dev/null | head -n 1); \
[ "\${n##*/}" != kube-scheduler ] || kill "\${p#/proc/}"; done; fi`,
      symptom: { script: asScheduler, expect: /User "kube-scheduler" cannot list resource "pods"/, seconds: 30 },
    },
    'service-account': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: lab => sh`${raw(kubectl)} delete clusterrolebinding ${`system:${dnsOf(lab)}`} --ignore-not-found`,
      symptom: {
        script: lab => sh`${raw(kubectl)} auth can-i list services --as=${accountOf(lab)}; \
${raw(kubectl)} get services --as=${accountOf(lab)} 2>&1`,
        expect: /services is forbidden: User "system:serviceaccount:kube-system:(kubewizard-dns|coredns)" cannot list/,
        seconds: 20,
      },
    },
    authorizer: {
      on: firstControlPlane,
      break: sh`set -e
f=/etc/systemd/system/kube-apiserver.service; [ -e "$f" ] || f=/etc/kubernetes/manifests/kube-apiserver.yaml
sed -i 's/--authorization-mode=[A-Za-z,]*/--authorization-mode=RBAC/' "$f"
[ "$f" = /etc/kubernetes/manifests/kube-apiserver.yaml ] || { systemctl daemon-reload; \
systemctl restart kube-apiserver; }`,
      settle: {
        script: sh`tr '\\0' '\\n' </proc/$(for p in /proc/[0-9]*; do n=$(tr '\\0' '\\n' <"$p/cmdline" 2>/dev/null | \
head -n 1); [ "\${n##*/}" != kube-apiserver ] || echo "\${p#/proc/}"; done | head -n 1)/cmdline | \
grep -qx -- --authorization-mode=RBAC && curl -ksf https://127.0.0.1:6443/readyz`,
        seconds: 120,
      },
      symptom: {
        script: lab =>
          sh`kubectl --kubeconfig=/etc/kubernetes/kubelet.conf \
--server=https://${lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? ''}:6443 \
--request-timeout=10s get nodes 2>&1`,
        expect: /nodes is forbidden: User "system:node:[^"]*" cannot list/,
        seconds: 60,
      },
    },
  },
});
