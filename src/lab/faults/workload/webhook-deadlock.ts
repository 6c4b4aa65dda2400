import { otherAuthority } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

const kubectl = sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=15s`;
const hookWith = (more: string): string =>
  `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration",
"metadata":{"name":"kw-guard"},"webhooks":[{"name":"guard.kw.example","admissionReviewVersions":["v1"],
"sideEffects":"None","failurePolicy":"Fail","timeoutSeconds":5,
"clientConfig":{${more}"service":{"namespace":"default","name":"kw-guard","path":"/"}},
"rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["pods"]}]}]}`;
const hook = sh`printf '%s\\n' ${hookWith('')} | ${raw(kubectl)} apply -f -`;
/** A Service that leads to this address, where the API server itself listens. */
const backend = (ip: string): string =>
  `{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"v1","kind":"Service","metadata":{"name":"kw-guard","namespace":"default"},
"spec":{"ports":[{"port":443,"targetPort":6443}]}},
{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"kw-guard","namespace":"default"},
"subsets":[{"addresses":[{"ip":"${ip}"}],"ports":[{"port":6443}]}]}]}`;
const make = sh`${raw(kubectl)} run kw-webhook-test --image=k8s.gcr.io/pause:3.2 --image-pull-policy=Never \
--dry-run=server -n default 2>&1`;

export default defineFault({
  case: 'webhook-deadlock',
  variants: {
    'service-absent': {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} delete service kw-guard -n default --ignore-not-found\n${raw(hook)}`,
      symptom: {
        script: make,
        expect: /failed calling webhook "guard\.kw\.example": .*service "kw-guard" not found/,
        seconds: 30,
      },
    },
    'no-endpoints': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`set -e\n${raw(kubectl)} create service clusterip kw-guard --tcp=443:443 -n default --dry-run=client \
-o yaml | ${raw(kubectl)} apply -f -\n${raw(hook)}`,
      symptom: {
        script: make,
        expect: pattern(
          /failed calling webhook "guard\.kw\.example": .*/,
          /(no endpoints available for service "kw-guard"|connection refused|context deadline exceeded|i\/o timeout)/,
        ),
        seconds: 30,
      },
    },
    'ca-bundle': {
      on: firstControlPlane,
      built: 'kubewizard',
      // The API server itself stands in for a backend on a host's own port; another CA is to verify it. Go looks at the
      // name before the chain.
      break:
        lab => sh`set -e\n${raw(otherAuthority('/tmp/kw-guard-ca.crt'))}\nbundle=$(base64 -w0 /tmp/kw-guard-ca.crt); \
rm -f /tmp/kw-guard-ca.crt
printf '%s\\n' ${backend(lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? '')} | \
${raw(kubectl)} apply -f -
printf '%s\\n' ${hookWith('"caBundle":"BUNDLE",')} | sed "s#BUNDLE#$bundle#" | ${raw(kubectl)} apply -f -`,
      symptom: {
        script: make,
        expect: pattern(
          /failed calling webhook "guard\.kw\.example": .*x509: certificate /,
          /(signed by unknown authority|is valid for .*, not kw-guard\.default\.svc)/,
        ),
        seconds: 30,
      },
    },
  },
  notes:
    'no-endpoints, ca-bundle: the lab’s kubeadm cluster has no kube-proxy (its image cannot be had), a service ' +
    'leads nowhere there. wrong-port is the same predicate on another field. The Service default/kw-guard and ' +
    'the configuration kw-guard (then with Ignore) are left to whoever clears the lab. An API server sees a new ' +
    'configuration within a second.',
});
