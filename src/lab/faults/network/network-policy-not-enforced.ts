import { kubectl } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'network-policy-not-enforced',
  variants: {
    'no-agent': {
      on: firstControlPlane,
      break: sh`${raw(kubectl)} apply -f - <<'END'
{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"kw-deny-all","namespace":"default"},
"spec":{"podSelector":{},"policyTypes":["Ingress"]}}
END`,
      symptom: {
        script: sh`${raw(kubectl)} get networkpolicy -n default -o name`,
        expect: /networkpolicy.networking.k8s.io\/kw-deny-all/,
        seconds: 20,
      },
    },
  },
  notes: 'Refused by design. The finding is on `cluster`.',
});
