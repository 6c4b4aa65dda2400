import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { podNetworkOf, subnetsOf } from '../../../read/pod-networks.js';
import { leftover } from '../../../therapies/leftover.js';
import { prefixOf } from '../../../../net/address.js';
import type { Wants } from '../../../../resources/wants.js';
import { raw, type Script, sh } from '../../../../shell/sh.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  /** `held` of `room` addresses of the network, `stale` of them for containers that do not live. */
  readonly held: { readonly network: string; readonly held: number; readonly room: number; readonly stale: number };
};

export default defineCase<Facts>({
  id: 'leaked-pod-addresses',
  precedence: 286,
  title: 'The addresses of pods that are long gone were never given back',
  variants: {
    held: {
      means: 'host-local has no address left, and most of those that it holds belong to containers that do not live',
      says: ({ host, facts: { network, held, room, stale } }) =>
        `${held} of ${room} addresses of the pod network ${network} on ${host} are held, but ${stale} of them by ` +
        'containers that do not live: new pods get none',
      shows: ({ facts: { network, held, room, stale } }) => [
        quoted(
          'podLinks',
          `/var/lib/cni/networks/${network}`,
          `${held} of ${room} held, ${stale} by containers that do not live`,
        ),
      ],
    },
  },
  about: [{ who: 'cni', doing: 'sandbox', how: 'full' }],
  told: [['pod-addresses'], ['pod-addresses', 'node']],
  symptoms: [
    { text: /failed to allocate for range \d+: no IP addresses available in range set/ },
    { text: /no IP addresses available in (?:network|range)/ },
  ],
  explains: ['cluster-dns-missing', 'data-path'],
  lab: true,
  spare: ['nodes'], // the host's own share, where its CNI configuration does not say it
  sources: ['https://www.cni.dev/plugins/current/ipam/host-local/', 'kubernetes/kubernetes#57280', 'k3s-io/k3s#4682'],
  badCures: [
    {
      cure: 'rm -rf /var/lib/cni/networks',
      why: 'it forgets the addresses of living pods too: the next ones get the same, and both lose packets',
      text: /rm -rf? \/var\/lib\/cni(?:\/networks)?(?:\/\*)?(?:\s|$)/,
    },
    {
      cure: 'a larger network for pods',
      why: 'it fills up as the small one did, and every address of the cluster has changed for it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(chart, host, evidence)));
  },

  therapy: ({ host, facts: { network } }) =>
    /^[A-Za-z0-9][\w.-]{0,63}$/.test(network)
      ? {
          title: `Give back the addresses on ${host} that no container has any more`,
          risk: 'none',
          want: [
            leftover(`addresses of ${network}`, given(network), { host, because: 'new pods get an address again' }),
          ],
        }
      : {
          refused: 'the name of the network is none that a folder can have',
          advice: ['grep -L for the ids of living containers in /var/lib/cni/networks/NAME, and remove those files'],
        },

  verify: ({ host, facts: { network, held, stale } }) => [
    {
      host,
      command: sh`ls /var/lib/cni/networks/${network} | grep -c '^[0-9]'; crictl pods -q | wc -l`,
      answer: `${held}, ${stale} of them stale`,
      healthy: 'about as many addresses as pods that are not on the host’s own network',
    },
  ],
});

/** Whose id no process carries, and which nobody has taken in the last minutes: a sandbox that is just being made. */
const stale = (network: string): Script => sh`cd ${`/var/lib/cni/networks/${network}`} 2>/dev/null || exit 0
lives=$(cat /proc/[0-9]*/cgroup /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' '\\n' | grep -oE '[0-9a-f]{64}' | sort -u)
find . -maxdepth 1 -type f -name '[0-9]*' -mmin +5 | while read -r f; do
id=$(head -n 1 "$f" | tr -d '\\r'); printf '%s\\n' "$id" | grep -qxE '[0-9a-f]{64}' || continue
printf '%s\\n' "$lives" | grep -qxF -- "$id" || echo "$f"; done`;

const given = (network: string): Wants['cleanup'] => ({
  find: sh`( ${raw(stale(network))} ) | head -n 5`,
  remove: sh`( ${raw(stale(network))} ) | ( cd ${`/var/lib/cni/networks/${network}`} && xargs -r rm -f -- )`,
  risk: 'none',
  undo: 'needless',
});

function findings(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  evidence.read(host.files);
  const held = evidence.read(host.podLinks)?.held;
  const [config] = cniConfigs(host);
  if (!held || !config) return [];
  const own = subnetsOf(config);
  const given = own.length > 0 ? own : [podNetworkOf(chart, host) ?? []].flat();
  // Without the addresses of the network, of the bridge and of all.
  const room = given.reduce((sum, one) => sum + 2 ** (32 - prefixOf(one)) - 3, 0);
  const seen = held[config.name];
  if (!seen || room <= 0 || seen.addresses < room * 0.9 || seen.stale < seen.addresses / 2) return [];
  const facts = { network: config.name, held: seen.addresses, room, stale: seen.stale };
  return [
    {
      variant: 'held',
      host: host.name,
      subject: { network: config.name },
      facts,
    },
  ];
}
