import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { leftover } from '../../../therapies/leftover.js';
import { editText } from '../../../therapies/place.js';
import { apiRefused, notReady } from '../../../symptoms.js';
import { sh } from '../../../../shell/sh.js';
import type { CleanupWant } from '../../../../resources/wants.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  readonly live: { readonly devices: readonly string[]; readonly path: string };
  /** The row of /etc/fstab. */
  readonly 'at-boot': { readonly row: string };
};

const refuses = (host: string): string => `the kubelet of ${host} does not run with swap (failSwapOn)`;

export default defineCase<Facts>({
  id: 'swap-on',
  precedence: 490,
  title: 'The kubelet does not run with swap, and the host swaps',
  variants: {
    live: {
      means: 'swap is on, and the kubelet refuses to run with it',
      says: ({ host, facts }) => `${refuses(host)}, and ${facts.devices.join(', ')} is on`,
      shows: ({ facts }) => [
        quoted('room', '/proc/swaps', facts.devices.join(', ')),
        quoted('files', facts.path, 'failSwapOn: true'),
      ],
    },
    'at-boot': {
      means: 'swap is off now, and comes back with the next boot',
      says: ({ host, facts }) => `${refuses(host)}, and /etc/fstab turns it on at boot: ${facts.row}`,
      shows: ({ facts }) => [quoted('files', '/etc/fstab', facts.row)],
    },
  },
  told: [['swap'], ['swap', 'kubelet']],
  symptoms: [
    { text: /[Rr]unning with swap on is not supported/ },
    { text: /is not su ?pported, please disable swap/ },
    { text: /\[(ERROR|WARNING) Swap\]/ },
    { text: apiRefused },
    { text: notReady },
  ],
  explains: ['node-not-ready-cni/not-loaded', 'not-highly-available'],
  lab: false,
  sources: ['kubernetes/kubernetes#34726', 'clastix/yaki#12', 'kubernetes-sigs/kubespray#2348'],
  badCures: [
    {
      cure: 'swapoff -a, and nothing else',
      why: 'fstab, zram or a swap unit brings it back at the next boot, and the kubelet stays down',
      text: /^\s*(sudo )?swapoff -a\s*$/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence) ?? []));
  },
  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const because = 'the kubelet runs without swap, after every boot';
    const fstab = host && editText(host, '/etc/fstab', text => text.replace(swapLine, '# kubewizard: $&'), because);
    const off = leftover('swap', swapOff, { host: finding.host, because, stage: 'host' });
    if (finding.variant === 'at-boot' && !fstab)
      return {
        refused: '/etc/fstab was not seen as text',
        advice: ['put a # in front of the line of type swap in /etc/fstab', 'systemctl daemon-reload'],
      };
    return {
      title: `Turn swap off on ${finding.host}, now and at boot`,
      risk: 'none',
      want: [...(fstab ? [{ ...fstab, stage: 'host' as const }] : []), ...(finding.variant === 'live' ? [off] : [])],
    };
  },
  verify: finding => [
    {
      host: finding.host,
      command: 'swapon --show; grep swap /etc/fstab; systemctl --type=swap',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'nothing from any of them',
    },
  ],
});

const swapOff: CleanupWant = {
  find: sh`sed 1d /proc/swaps
systemctl list-unit-files --type=swap --state=enabled,generated --no-legend 2>/dev/null |
awk '{print $1}' | while read -r u; do
[ "$(systemctl is-active "$u")" = active ] && echo "$u"; done; true`,
  // What is swapped out must fit into memory again.
  remove: sh`used=$(awk 'NR > 1 {s += $4} END {print s + 0}' /proc/swaps)
free=$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)
[ "$used" -lt "$free" ] || {
echo "$used kB are swapped out, and only $free kB of memory are free: stop something first" >&2; exit 1; }
sed 1d /proc/swaps | awk '{print $1}' | while read -r s; do
u=$(systemd-escape -p --suffix=swap "$s" 2>/dev/null)
case $s in /dev/zram*) systemctl mask "systemd-zram-setup@\${s#/dev/}.service" >/dev/null 2>&1;; esac
[ -z "$u" ] || systemctl mask "$u" >/dev/null 2>&1; done
swapoff -a`,
  risk: 'none',
  undo: {
    keep: sh`sed 1d /proc/swaps | awk '{print $1}'`,
    back: sh`bad=0; while read -r s; do
u=$(systemd-escape -p --suffix=swap "$s" 2>/dev/null)
systemctl unmask "\${u:-none.swap}" "systemd-zram-setup@\${s#/dev/}.service" >/dev/null 2>&1
grep -q "^$s " /proc/swaps || swapon "$s" || bad=1; done; [ "$bad" = 0 ]`,
  },
};

/** A row of fstab(5) whose type is swap. */
const swapLine = /^[ \t]*[^#\s]\S*[ \t]+\S+[ \t]+swap\b.*$/gm;

function finding(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  const room = evidence.read(host.room);
  if (!evidence.read(host.files) || !room) return undefined;
  const kubelet = kubeletOf(host);
  // Absent means true, in every version; with NodeSwap people set it to false on purpose.
  if (!kubelet.flags || String(kubelet.value('failSwapOn', 'fail-swap-on') ?? 'true') === 'false') return undefined;
  const row = evidence
    .file(host, '/etc/fstab')
    ?.text?.match(swapLine)
    ?.find(line => !/\bnoauto\b/.test(line))
    ?.trim();
  if (room.swaps.length > 0)
    return {
      variant: 'live',
      host: host.name,
      subject: { device: room.swaps[0] ?? '' },
      facts: { devices: room.swaps, path: kubelet.path },
    };
  return row === undefined
    ? undefined
    : {
        variant: 'at-boot',
        host: host.name,
        subject: { path: '/etc/fstab' },
        facts: { row },
      };
}
