import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'links-taken-over',
  variants: {
    networkd: {
      on: firstWorker,
      built: 'kubewizard',
      // As an image for any machine has it; the host's own link is left out, since nobody gives it an address here.
      // A cure that was made here before stands in its way.
      break: sh`rm -f /etc/systemd/network/00-kubewizard-pods.network
printf '%s\\n' '[Match]' 'Name=cni* kw.vxlan' '' '[Network]' 'LinkLocalAddressing=no' \
>/etc/systemd/network/20-all.network
printf '%s\\n' '[Match]' 'Name=host0 eth0' '' '[Link]' 'Unmanaged=yes' >/etc/systemd/network/10-host.network
systemctl restart systemd-networkd.service`,
      symptom: {
        script: sh`networkctl --no-pager list; ip -o -4 address show`,
        expect: /(?:cni0|kw\.vxlan).*config/,
        seconds: 30,
      },
      tidy: sh`systemctl stop systemd-networkd.socket systemd-networkd.service
rm -f /etc/systemd/network/10-host.network /etc/systemd/network/20-all.network`,
    },
  },
  notes: 'network-manager: the lab’s hosts have none: fixture.',
});
