/**
 * How long a plan takes, and how much memory, for 1,000 and 5,000 recorded hosts: hosts' facts as text, blueprint,
 * every answer read and judged, draft. `npx tsx bench/plan.ts [hosts …]`. Each measurement is a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { cluster } from '../src/blueprint/cluster.js';
import type { Input } from '../src/blueprint/input.js';
import { hostFacts } from '../src/facts/host.js';
import type { ClusterSpec } from '../src/model/cluster.js';
import { createAuthority } from '../src/pki/issue.js';
import { draft } from '../src/plan/draft.js';
import { kindsAt } from '../src/resources/index.js';
import { released } from '../test/golden/input.js';
import { emptyAnswers, standingAnswers } from './fleet/answers.js';
import { mint } from './fleet/mint.js';
import { fleet } from './fleet/spec.js';
import { type Bar, median, table, verdict } from './table.js';

const stories = ['first build', 'nothing to do', 'one kubelet argument more'] as const;
type Story = (typeof stories)[number];

/**
 * `cold`: the first plan of the process, as `kw plan` makes it; `seconds`: the median of the ones after it; `peak`
 * (MiB) of the whole process after the first, recorded answers included.
 */
interface Measured {
  readonly cold: number;
  readonly seconds: number;
  readonly examined: number;
  readonly steps: number;
  readonly peak: number;
}

const now = new Date('2026-11-22T12:00:00Z');
const oneMore = "node-status-update-frequency: '9s'";
const runs = 5;

const factsText = (name: string): string =>
  `hostname=${name}\nos=debian\nosVersion=12\narch=x86_64\ncpus=4\nmemory=8388608\ncgroup=v2\ninterface=eth0\nmtu=1500\nresolvConf=/etc/resolv.conf\nconntrack=writable\noom=adjustable\n`;

const measure = async (hosts: number, story: Story): Promise<Measured> => {
  const authority = async (commonName: string) =>
    createAuthority({ commonName, days: 3650, algorithm: 'ecdsa-p256', now });
  const authorities = {
    ca: await authority('kubernetes'),
    'etcd/ca': await authority('etcd'),
    'front-proxy-ca': await authority('front-proxy'),
  };
  const inputOf = (spec: ClusterSpec): Input => ({
    spec,
    artifacts: released('1.29.3', '1.7.24'),
    sha256: text => hash('sha256', text),
    chainPem: '',
    reveal: name => `value of ${name}`,
    facts: new Map(spec.hosts.map(host => [host.name, hostFacts(host.address).parse(factsText(host.name))])),
    authorities: {
      ca: authorities.ca.certPem,
      'etcd/ca': authorities['etcd/ca'].certPem,
      'front-proxy-ca': authorities['front-proxy-ca'].certPem,
    },
  });
  const recorded = cluster(inputOf(fleet(hosts)));
  const spec = fleet(hosts, story === 'one kubelet argument more' ? oneMore : '');
  const places = new Map(spec.hosts.map(host => [host.name, host]));
  const answers =
    story === 'first build'
      ? emptyAnswers(recorded)
      : await standingAnswers(recorded, places, mint(authorities, now), cluster(inputOf(spec)));
  const once = () => {
    const began = performance.now();
    const plan = draft({
      cluster: spec.name,
      spec,
      resources: cluster(inputOf(spec)),
      answers,
      kinds: kindsAt(() => now),
    });
    const seconds = (performance.now() - began) / 1000;
    // Not the plan itself: one that is kept would be the next one's burden.
    return {
      seconds,
      examined: plan.examined,
      steps: plan.steps.length,
      odd: JSON.stringify(plan.steps[0] ?? plan.unseen[0]),
      unseen: plan.unseen.length,
    };
  };
  const { seconds: cold, ...plan } = once();
  const peak = process.resourceUsage().maxRSS / 1024;
  const all = Array.from({ length: runs }, () => once().seconds);
  const expected = story === 'first build' ? plan.examined : story === 'nothing to do' ? 0 : 2 * hosts;
  if (plan.steps !== expected || plan.unseen > 0)
    throw new Error(`${story}: ${plan.steps} steps, expected ${expected}; first: ${plan.odd}`);
  return { cold, seconds: median(all), examined: plan.examined, steps: plan.steps, peak };
};

const apart = (hosts: number, story: Story): Measured =>
  JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), '--one', String(hosts), story], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  ) as Measured;

const main = (sizes: readonly number[]): number => {
  const rows: string[][] = [
    ['recorded hosts', 'story', 'examined', 'steps', 'first plan s', 'next plans s', 'ms/host', 'peak MiB'],
  ];
  const bars: Bar[] = [];
  for (const story of stories) {
    const found = sizes.map(hosts => ({ hosts, ...apart(hosts, story) }));
    for (const one of found)
      rows.push([
        String(one.hosts),
        story,
        String(one.examined),
        String(one.steps),
        one.cold.toFixed(2),
        one.seconds.toFixed(2),
        ((one.seconds * 1000) / one.hosts).toFixed(2),
        one.peak.toFixed(0),
      ]);
    const [small, large] = [found[0], found.at(-1)];
    if (!small || !large || small === large) continue;
    bars.push({
      what: `${story}: time per host, ${large.hosts} against ${small.hosts}`,
      value: large.seconds / large.hosts / (small.seconds / small.hosts),
      limit: 1.3,
      unit: '×',
    });
    bars.push({ what: `${story}: ${large.hosts} hosts`, value: large.cold, limit: 10, unit: 's' });
    bars.push({ what: `${story}: ${large.hosts} hosts, peak memory`, value: large.peak / 1024, limit: 1, unit: 'GiB' });
  }
  process.stdout.write(`${table(rows)}\n`);
  return verdict(bars);
};

const [first, ...rest] = process.argv.slice(2);
if (first === '--one') process.stdout.write(JSON.stringify(await measure(Number(rest[0]), rest[1] as Story)));
else process.exitCode = main(process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 5000]);
