import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const address = (
  lab: { readonly hosts: readonly { readonly name: string; readonly address: string }[] },
  name: string,
): string => lab.hosts.find(host => host.name === name)?.address ?? '';

export default defineFault({
  case: 'host-firewall',
  variants: {
    'input-rule': {
      on: firstWorker,
      break: sh`iptables -w -C INPUT ! -i lo -p tcp --dport 10250 -j DROP 2>/dev/null || \
iptables -w -I INPUT ! -i lo -p tcp --dport 10250 -j DROP`,
      symptom: {
        on: firstControlPlane,
        script: lab => sh`curl -sSk -m 5 https://${address(lab, firstWorker(lab))}:10250/healthz`,
        expect: /tim(ed|e) ?out/i,
        seconds: 20,
      },
    },
    'foreign-table': {
      on: firstWorker,
      break: sh`nft list table inet strict >/dev/null 2>&1 || \
nft -f - <<'N'\ntable inet strict {\n  chain input {\n    type filter hook input priority 10; \
policy accept;\n    iifname != "lo" tcp dport 10250 drop\n  }\n}\nN`,
      symptom: {
        on: firstControlPlane,
        script: lab => sh`curl -sSk -m 5 https://${address(lab, firstWorker(lab))}:10250/healthz`,
        expect: /tim(ed|e) ?out/i,
        seconds: 20,
      },
    },
  },
  notes: 'foreign-table: the therapy is advice. on-the-way: a switch that drops is not a host of the lab; fixtures.',
});
