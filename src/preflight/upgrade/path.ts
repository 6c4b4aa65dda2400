/** The way from one version to another: Kubernetes goes up one minor at a time, and never back. */
import { compareVersions, endOfLife, minorOf, release, releases } from '../../catalog/index.js';
import { found, hit, type Rule, type UpgradeFinding } from './finding.js';

/** The version of each hop, the target last: `1.34.2` to `1.37.2` → `1.35.7`, `1.36.4`, `1.37.2`. */
export const hopsBetween = (from: string, to: string): readonly string[] => [
  ...releases
    .map(one => one.latestPatchKnown)
    .filter(version => minorOf(version) > minorOf(from) && minorOf(version) < minorOf(to)),
  to,
];

export const pathRule: Rule = ({ from, to, chart }) => [
  ...back(from, to),
  ...skipped(from, to),
  ...unknown(to),
  ...life(from, to, chart.now.slice(0, 10)),
];

const back = (from: string, to: string): readonly UpgradeFinding[] =>
  compareVersions(to, from) >= 0
    ? []
    : found('version-back', 'blocker', [hit('cluster', to)], {
        why: `The cluster runs ${from}. etcd may hold data that ${to} cannot read.`,
        next: `Stay at ${from}, or restore a snapshot that ${to} wrote.`,
      });

const skipped = (from: string, to: string): readonly UpgradeFinding[] => {
  const hops = hopsBetween(from, to);
  return minorOf(to) - minorOf(from) <= 1
    ? []
    : found('minor-skipped', 'blocker', [hit('cluster', to, `${from} → ${hops.join(' → ')}`)], {
        why: `${from} to ${to} skips ${hops.length - 1} ${hops.length === 2 ? 'minor' : 'minors'}.`,
        next: `Run kw upgrade ${hops[0]} first, then kw upgrade --check ${hops[1]}, and so on.`,
      });
};

const unknown = (to: string): readonly UpgradeFinding[] =>
  release(to)
    ? []
    : found('version-unknown', 'blocker', [hit('cluster', to)], {
        why: `This kw knows Kubernetes ${releases[0]?.minor} to ${releases.at(-1)?.minor}, and nothing of ${to}.`,
        next: 'Take a newer kw, or a version that this one knows.',
      });

/** So many days before the end it is time to plan the next upgrade. */
const soon = 60;

const life = (from: string, to: string, today: string): readonly UpgradeFinding[] => {
  const [old, next] = [endOfLife(from), endOfLife(to)];
  const left = next === undefined ? undefined : Math.round((Date.parse(next) - Date.parse(today)) / 86_400_000);
  return [
    ...(old === undefined || old >= today
      ? []
      : found('end-of-life', 'note', [hit('cluster', from)], {
          why: `Kubernetes 1.${minorOf(from)} has had no patches since ${old}.`,
          next: 'Upgrade: this is one more reason for it.',
        })),
    ...(left === undefined || left > soon
      ? []
      : found('end-of-life', 'note', [hit('cluster', to)], {
          why:
            left < 0
              ? `Kubernetes 1.${minorOf(to)} itself has had no patches since ${next}.`
              : `Kubernetes 1.${minorOf(to)} gets its last patches in ${left} days, on ${next}.`,
          next: 'Plan the next upgrade soon after this one.',
        })),
  ];
};
