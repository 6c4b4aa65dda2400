import { raw, sh } from '../../../shell/sh.js';
import { otherAuthority } from '../breaking.js';
import { defineFault, firstWorker } from '../fault.js';

const file = '/etc/kubernetes/pki/ca.crt';

export default defineFault({
  case: 'ca-half-rotated',
  variants: {
    extra: {
      on: firstWorker,
      break: sh`${raw(otherAuthority('/run/kw-new-ca.crt', 'kubernetes-2027'))}
cat /run/kw-new-ca.crt >>${file}; rm -f /run/kw-new-ca.crt`,
      symptom: { script: sh`grep -c 'BEGIN CERTIFICATE' ${file}`, expect: /^2/, seconds: 10 },
      // On a cluster of kubeadm the therapy is refused by design.
      tidy: sh`t=$(mktemp); sed '/END CERTIFICATE/q' ${file} >"$t" && cat "$t" >${file}; rm -f "$t"`,
    },
  },
  notes: 'lacks is covered by a fixture: it is the same comparison, with a bundle on the other hosts.',
});
