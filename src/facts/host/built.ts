/**
 * What a host was built for, asked of the files that Kubewizard wrote there: few forks, and nothing where it never was.
 */
import type { NetworkProvider } from '../../model/cluster.js';
import type { Built, Left, Peer } from '../../model/host-facts.js';
import { networkOf, parseIPv4, parseIPv4Cidr } from '../../net/address.js';
import { authorityOf } from '../../pki/made-here.js';
import { raw, sh } from '../../shell/sh.js';
import { reachIn, reachScript } from './reached-by.js';

// A peers file of 5,000 nodes is 350 KB, the same on every host: control planes alone show theirs.
export const builtScript = sh`
if [ -d /var/lib/kubewizard ]; then
  echo built=yes
  for file in /etc/kubernetes/network/config /etc/kubernetes/network/given; do
    [ ! -e "$file" ] || \
sed -n "s/^\\(PROVIDER\\|NAME\\|PODS\\|SERVICES\\|POD_CIDR\\)='\\(.*\\)'$/built\\1=\\2/p" "$file"
  done
  [ ! -e /etc/kubernetes/network/config ] && [ ! -e /etc/kubernetes/network/given ] || \
sed -n 's/^clusterDomain: *\\([^ ]*\\)$/builtDOMAIN=\\1/p' /var/lib/kubelet/config.yaml 2>/dev/null
  [ ! -d /var/lib/etcd/member ] || \
sed -n 's/.*--initial-cluster-token=\\([^ "]*\\).*/builtCLUSTER=\\1/p; s/.*--name=\\([^ "]*\\).*/builtMEMBER=\\1/p' \
/etc/systemd/system/etcd.service 2>/dev/null
  [ ! -e /etc/systemd/system/kubelet.service ] || echo runs-kubelet=yes
  for part in haproxy keepalived; do [ ! -e /etc/systemd/system/kw-$part.service ] || echo "balances-$part=yes"; done
${raw(reachScript)}
  if [ -e /etc/systemd/system/kube-apiserver.service ]; then
    echo runs-apiserver=yes
    [ ! -e /etc/kubernetes/pki/ca.crt ] || { printf builtCA=; \
tr -d '\\n' </etc/kubernetes/pki/ca.crt | head -c 8192; echo; }
    [ ! -e /etc/kubernetes/network/peers ] || head -n 6000 /etc/kubernetes/network/peers | sed 's/^/peer=/'
    for f in /var/lib/kubewizard/left/*; do [ ! -f "$f" ] || echo "left=\${f##*/} $(head -n 1 "$f" | head -c 100)"; done
  fi
fi
`;

/** undefined: Kubewizard was never here. */
export function readBuilt(output: string, seen: ReadonlyMap<string, string>): Built | undefined {
  if (!seen.has('built')) return undefined;
  const ca = authorityOf(seen.get('builtCA') ?? '');
  return {
    ...only('cluster', label(seen.get('builtCLUSTER'))),
    ...only('name', dnsName(seen.get('builtNAME') ?? seen.get('builtMEMBER'))),
    ...only('pods', network(seen.get('builtPODS'))),
    ...only('services', network(seen.get('builtSERVICES'))),
    ...only('domain', dnsName(seen.get('builtDOMAIN'))),
    ...only(
      'provider',
      providers.find(one => one === seen.get('builtPROVIDER')),
    ),
    ...only('ca', ca),
    runs: (['apiserver', 'kubelet'] as const).filter(one => seen.has(`runs-${one}`)),
    ...only('balances', some((['haproxy', 'keepalived'] as const).filter(one => seen.has(`balances-${one}`)))),
    ...reachIn(output),
    peers: [...output.matchAll(/^peer=(\S+) (\S+) (\S+) /gm)].flatMap(([, name = '', address = '', cidr = '']) =>
      peer(name, address, cidr),
    ),
    ...only('left', some(leftIn(output))),
  };
}

const leftIn = (output: string): readonly Left[] =>
  [...output.matchAll(/^left=(\S+) (\S+) (\S+) (\d{1,12})$/gm)].flatMap(
    ([, name = '', address = '', cidr = '', since]) =>
      peer(name, address, cidr).map(one => ({ ...one, since: Number(since) })),
  );

const providers: readonly NetworkProvider[] = ['vxlan', 'routes', 'none'];

const only = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });

const some = <T>(all: readonly T[]): readonly T[] | undefined => (all.length > 0 ? all : undefined);

/** A host's word becomes part of other hosts' files: only what is a name, an address and a network. */
const peer = (name: string, address: string, cidr: string): readonly Peer[] => {
  const podCidr = network(cidr);
  return dnsName(name) && parseIPv4(address) && podCidr ? [{ name, address, podCidr }] : [];
};

const network = (text = ''): string | undefined => {
  const cidr = parseIPv4Cidr(text);
  return cidr && networkOf(cidr);
};

const dnsName = (text: string | undefined): string | undefined =>
  text !== undefined && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text) ? text : undefined;
const label = (text: string | undefined): string | undefined =>
  text !== undefined && /^[A-Za-z0-9._-]{1,253}$/.test(text) ? text : undefined;
