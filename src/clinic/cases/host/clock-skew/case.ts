import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { expired, unauthorized } from '../../../symptoms.js';
import { logsOf } from '../../../read/commands.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

/** etcd warns from 1 s on; two make sure that the measurement is not meant. */
const tolerated = 2;

/** Seconds: how far the clock is off, and how exactly that was measured. */
type Off = { readonly seconds: number; readonly within: number; readonly synchronized?: boolean };

type Facts = {
  readonly ahead: Off;
  readonly behind: Off;
};

const says = ({ host, variant, facts: { seconds, within, synchronized } }: FoundOf<Facts>): string =>
  `the clock of ${host} is ${seconds.toFixed(1)} s ${variant} (measured within ${within.toFixed(2)} s)` +
  (synchronized === false ? ', and nothing synchronizes it' : '');

export default defineCase<Facts>({
  id: 'clock-skew',
  precedence: 50,
  title: 'The clock of a host is wrong',
  variants: {
    ahead: { means: 'the clock of a host is ahead of the others', says, shows: proof },
    behind: { means: 'the clock of a host is behind the others', says, shows: proof },
  },
  about: [{ how: 'not-yet-valid' }, { how: 'clock-apart' }],
  told: [
    ['clock', 'apart'],
    ['clock', 'not-yet-valid'],
  ],
  symptoms: [
    { text: /certificate has expired or is not yet valid: current time \S+ is before|certificate is not yet valid/ },
    { text: /prober found high clock drift|the clock difference against peer .* is too high/ },
    { text: /token (used before issued|is not valid yet)|Token has expired|validation failed, token not valid yet/i },
    { text: /time is not in sync|clocks? (?:is|are) not (?:in sync|synchroni[sz]ed)|System clock synchronized: no/i },
    { text: /System clock (?:wrong|is off) by|clock (?:drift|skew|is (?:\w+ )?(?:ahead|behind|off))/i },
    { text: expired },
    { text: unauthorized },
  ],
  explains: [
    'leaf-certificate-expired',
    'kubelet-client-certificate-expired',
    'bootstrap-token-expired',
    'waiting-for-leader-lease',
    'etcd-slow-disk',
  ],
  lab: false,
  sources: [
    'kubernetes/kubernetes#124022',
    'kubernetes/kubernetes#132993',
    'kubernetes/kubernetes#42791',
    'rancher/rke#1123',
  ],
  badCures: [
    {
      cure: 'signing certificates again until the error is gone',
      why: 'their first day then lies in the future of all hosts whose clocks are right',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const clocks = hostsOf(chart).flatMap(host => {
      const clock = evidence.read(host.clock);
      return clock ? [{ host, ...clock }] : [];
    });
    const sorted = clocks.map(one => one.ahead).sort((a, b) => a - b);
    // Three hosts outvote the control machine; with fewer, the control machine's clock is the only witness.
    const truth = sorted.length >= 3 ? (sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) : 0;
    const worst = Math.max(0, ...clocks.map(one => one.uncertainty));
    return evidence.verdict(
      clocks.flatMap(one => skewed(one, truth, worst)),
      { says: `all clocks agree within ${tolerated} s` },
    );
  },

  therapy: finding => ({
    refused:
      'a clock that jumps under running components ends leases, tokens and etcd’s elections: a person chooses ' +
      'the moment',
    advice: [
      `on ${finding.host}: timedatectl status; systemctl enable --now systemd-timesyncd (or chrony), with a time ` +
        'source that this host reaches',
      'chronyc makestep, or timedatectl set-ntp true',
      'after a jump backwards: restart the pods whose tokens are of the future, and sign again what was signed ' +
        'meanwhile',
    ],
  }),

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: 'date -u; timedatectl status',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'the same second as on the other hosts; System clock synchronized: yes',
    },
    {
      host: finding.host,
      command: logsOf(chart, finding.host, 'etcd', 50),
      answer: 'prober found high clock drift',
      healthy: 'no such line',
    },
  ],
});

interface Clock {
  readonly host: HostChart;
  readonly ahead: number;
  readonly uncertainty: number;
  readonly synchronized?: boolean;
}

function skewed(
  { host, ahead, uncertainty, synchronized }: Clock,
  truth: number,
  worst: number,
): readonly FoundOf<Facts>[] {
  const off = ahead - truth;
  if (Math.abs(off) <= tolerated + uncertainty + worst) return [];
  return [
    {
      variant: off > 0 ? 'ahead' : 'behind',
      host: host.name,
      subject: { thing: 'clock' },
      facts: {
        seconds: Math.abs(off),
        within: uncertainty + worst,
        ...(synchronized !== undefined && { synchronized }),
      },
    },
  ];
}

function proof({ variant, facts: { seconds, synchronized } }: Found<Off>): readonly Quote[] {
  return [
    quoted(
      'clock',
      'clock',
      `${variant === 'ahead' ? '' : '-'}${seconds.toFixed(1)} s against the others; synchronized: ` +
        `${synchronized === undefined ? 'not known' : synchronized ? 'yes' : 'no'}`,
    ),
  ];
}
