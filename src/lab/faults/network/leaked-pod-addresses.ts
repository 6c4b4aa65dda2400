import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { podOn } from '../breaking-pods.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'leaked-pod-addresses',
  variants: {
    held: {
      on: firstWorker,
      break: sh`set -e
f=$(ls /etc/cni/net.d/*.conf* | head -n 1)
field() { grep -o "\\"$1\\": *\\"[^\\"]*\\"" "$f" | head -n 1 | cut -d'"' -f4; }
d=/var/lib/cni/networks/$(field name); net=$(field subnet); net=\${net%.*}
mkdir -p "$d"; i=2
while [ $i -le 254 ]; do
a=$d/$net.$i
id=$(printf 'kw-lab %s' $i | sha256sum | cut -c1-64)
[ -e "$a" ] || { printf '%s\\r\\neth0' "$id" >"$a"; touch -d '1 hour ago' "$a"; }
i=$((i+1)); done`,
      symptom: {
        on: firstControlPlane,
        script: lab => podOn(firstWorker(lab)),
        expect: /no IP addresses available/,
        seconds: 60,
      },
    },
  },
});
