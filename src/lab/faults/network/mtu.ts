import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const addressOf = (
  lab: { readonly hosts: readonly { readonly name: string; readonly address: string }[] },
  name: string,
): string => lab.hosts.find(host => host.name === name)?.address ?? '';
const link = (address: string): Script =>
  sh`$(ip -o -4 addr show | grep -F ${` ${address}/`} | awk '{print $2}' | head -n 1)`;

const mtuOf = sh`mtu() { ip -o link show dev "$1" | sed 's/.* mtu \\([0-9]*\\) .*/\\1/'; }`;

export default defineFault({
  case: 'mtu',
  variants: {
    'hosts-differ': {
      on: firstWorker,
      needs: { hosts: 3 },
      break: (lab, host) => sh`ip link set dev "${raw(link(addressOf(lab, host)))}" mtu 1400`,
      symptom: {
        on: firstControlPlane,
        script: lab => sh`ping -M do -s 1472 -c 2 -W 1 ${addressOf(lab, firstWorker(lab))}`,
        expect: /100% packet loss/,
        seconds: 30,
      },
    },
    'overlay-too-large': {
      // As in a cloud whose network carries less than it did; the kernel would not let the overlay itself be raised.
      on: lab => lab.hosts.map(host => host.name),
      built: 'kubewizard',
      break: (lab, host) =>
        sh`${raw(mtuOf)}\nip link set dev "${raw(link(addressOf(lab, host)))}" mtu "$(mtu kw.vxlan)"`,
      symptom: {
        script: lab =>
          sh`${raw(mtuOf)}\necho "overlay $(mtu kw.vxlan) over $(mtu "${raw(link(lab.hosts[0]?.address ?? ''))}")"`,
        expect: /overlay (\d+) over \1\b/,
      },
    },
    'pods-too-large': {
      on: firstWorker,
      built: 'kubewizard',
      break: sh`sed -i 's/"mtu": *[0-9]*/"mtu": 1500/' /etc/cni/net.d/10-kubewizard.conflist`,
      symptom: { script: sh`grep mtu /etc/cni/net.d/10-kubewizard.conflist`, expect: /1500/ },
    },
  },
  notes:
    'In the lab the kernel may fragment what is too large for the overlay: for two variants the symptom is the ' +
    'setting itself.',
});
