/**
 * What a host, a pod or the API says stands in texts for people. It hides nothing there and makes no line of its own:
 * "all is healthy", or "do: …", would be believed. Every text in every value that is shown is poisoned in turn.
 */
import { expect, test } from 'vitest';
import { examine } from '../../src/clinic/examine/examine.js';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { certificatesListed } from '../../src/clinic/read/certificates-listed.js';
import { newKeysText } from '../../src/cli/access.js';
import { backupsText } from '../../src/cli/view/backup.js';
import { certsText } from '../../src/cli/view/certs.js';
import { answerText } from '../../src/cli/view/clinic/candidates.js';
import { reportText } from '../../src/cli/view/clinic/text.js';
import { diagnosticsText } from '../../src/cli/view/diagnostics.js';
import { eventText } from '../../src/cli/view/event-text.js';
import { failureText } from '../../src/cli/view/failure.js';
import { healedText } from '../../src/cli/view/heal.js';
import { historyText } from '../../src/cli/view/history.js';
import { preflightText } from '../../src/cli/view/preflight.js';
import { needsText } from '../../src/cli/view/rotate.js';
import { statusText } from '../../src/cli/view/status.js';
import { upgradeText } from '../../src/cli/view/upgrade.js';
import { planText } from '../../src/plan/text.js';
import type { Plan } from '../../src/model/plan.js';
import { baseChart, readFixture } from '../clinic/fixture.js';

/** Concealed from here on, coloured, and two lines that kw itself might say. */
const evil = 'x\x1b[8m\x1b[32m\nFORGED: all is healthy\n  do: FORGED';

/** Words that a view chooses by, and instants that it reckons with; who says them is kw. */
const chosen = new Set(['type', 'verdict', 'severity', 'health', 'active', 'class', 'ended', 'at', 'endsAt', 'state']);
/** Names of hosts are the cluster file's, which is read strictly; of units they are kw's. */
const words = new Set([
  ...chosen,
  'unit',
  'code',
  'case',
  'id',
  'kind',
  'rule',
  'result',
  'risk',
  'renewedBy',
  'loaded',
  'sureness',
  'verb',
  'help',
  'advice',
]);

type Path = readonly (string | number)[];

/** The way to each text in it. */
const textsIn = (value: unknown, path: Path = []): readonly Path[] => {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null || value instanceof Map) return [];
  return Object.entries(value).flatMap(([key, one]) => (words.has(key) ? [] : textsIn(one, [...path, key])));
};

const withText = <T>(value: T, [step, ...rest]: Path, text: string): T => {
  if (step === undefined) return text as T;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[step] = withText(copy[step], rest, text);
  return copy as T;
};

const forged = (text: string): readonly string[] => [
  ...text.split('\n').filter(line => /^\s*(?:do: )?FORGED/.test(line.replaceAll(/\x1b\[\d+m/g, ''))),
  ...(text.includes('\x1b[8m') ? ['concealed'] : []),
];

/** At most so many places of a value: the same list of causes has the same text again and again. */
const mostPlaces = 400;

const holds = <T>(value: T, view: (value: T) => string): void => {
  const paths = textsIn(value);
  expect(paths.length).toBeGreaterThan(0);
  const every = Math.max(1, Math.ceil(paths.length / mostPlaces));
  for (const path of paths.filter((_, at) => at % every === 0))
    expect([path.join('.'), forged(view(withText(value, path, evil)))]).toEqual([path.join('.'), []]);
};

test.each(['sick-file.yaml'])('the doctor and kw explain: %s', async file => {
  const { chart } = await readFixture('leaf-certificate-expired', file);
  for (const colors of [true, false])
    holds(examine(chart, cases), report => reportText(report, { colors, verbose: true }));
  const told = answer('x509: certificate has expired or is not yet valid', cases, chart);
  holds(told, one => answerText(one, new Map(), true));
  holds(certificatesListed(chart), list => certsText(list, true));
});

test('the status of a cluster, whose kubelets say which version they are', () => {
  const status = {
    components: [
      { host: 'a', unit: 'kubelet.service', health: 'ill', active: 'failed', sub: 'dead', answer: 'no', restarts: 0 },
    ],
    unseen: [{ host: 'b', why: 'refused' }],
    nodes: [
      { name: 'a', ready: false, roles: ['x'], version: 'v1.33.1', cordoned: false, inFile: true, says: 'no network' },
    ],
    missing: [],
    api: 'ok',
    whole: [{ what: 'etcd', health: 'ill', says: 'no quorum' }],
  } as unknown as Parameters<typeof statusText>[0];
  holds({ ...status, api: undefined }, one => statusText({ ...one, api: 'ok' } as typeof status, true));
  holds({ api: 'refused' }, ({ api }) => statusText({ ...status, api } as typeof status, true));
});

test('failures, mistakes, findings and what remains to do', () => {
  holds({ class: 'exit', host: 'a', message: 'it said: no', step: 'a/file//x' } as const, failureText);
  holds([{ code: 'c', severity: 'error', says: 'the API says no' } as const], all => diagnosticsText(all));
  holds([{ host: 'a', severity: 'error', code: 'c', says: 'a link is down' } as const], all =>
    preflightText(
      all.map(one => ({ ...one, help: one.says })),
      true,
    ),
  );
  holds({ needs: [{ subject: 'pod a/b', says: 'holds the old CA' }] }, one => needsText(one as never));
  holds([{ host: { name: 'a' }, name: 'a', type: 'ssh-ed25519', fingerprint: 'SHA256:x' }], keys =>
    newKeysText(keys as never),
  );
});

test('how healing ended, past runs, backups, an upgrade', () => {
  const refused = [
    { case: 'a', finding: { key: 'k', says: 's', subject: { host: 'h' }, variant: 'v' }, refusal: { refused: 'r' } },
  ];
  const healed = { backups: ['b'], cured: ['c'], takenBack: ['t'], problems: ['p'], left: ['l'], unseen: ['u'] };
  holds({ ...healed, refused, exitCode: 2 }, one =>
    healedText(
      { ...one, refused: one.refused.map(each => ({ ...each, refusal: { ...each.refusal, advice: [] } })) } as never,
      false,
    ),
  );
  const run = { at: '2026-01-01T00:00:00Z', command: 'kw up', owner: 'a', steps: 1, ended: 'failed', failed: 1 };
  holds([{ ...run, blocked: 0, access: ['anna'], why: 'no' }], runs => historyText(runs as never, true));
  holds({ backups: [], missing: [{ host: 'a', why: 'refused' }] }, list => backupsText(list as never, true));
  const finding = { rule: 'r', severity: 'blocker', why: 'w', hits: [{ name: 'n', detail: 'd' }], next: 'x' };
  const missing = [{ host: 'a', what: 'b', why: 'c' }];
  holds({ cluster: 'c', from: '1', to: '2', hops: ['2'], verdict: 'blocked', findings: [finding], missing }, report =>
    upgradeText(report as never, { colors: true, verbose: true } as never),
  );
});

test('events beside a run, and a plan', () => {
  const show = (event: unknown): string =>
    eventText(event as never, { color: true, errorColor: true, width: 200 })?.text ?? '';
  for (const event of [
    { type: 'note', host: 'a', says: 'it says' },
    { type: 'artifact-progress', says: 'fetching' },
    { type: 'failure', failure: { class: 'exit', host: 'a', message: 'no' } },
    { type: 'therapy-proposed', case: 'c', host: 'a', says: 's', title: 't', risk: 'none', backup: false },
    { type: 'file-change', path: '/x', written: true, lines: [] },
  ])
    holds(event, show);
  // Its hosts, its cluster and the fields are words of the cluster file and of kw.
  const plan = (key: string, from: string, to: string, why: string): Plan => {
    const changes = [{ field: 'text', from, to, verb: 'update' }];
    const said = { id: 'i', host: 'a', kind: 'file', risk: 'none', after: [], actions: [], because: why };
    const unseen = [{ host: 'b', why }];
    return { cluster: 'demo', steps: [{ ...said, key, changes }], examined: 2, unseen, digest: 'd' } as unknown as Plan;
  };
  holds({ key: '/x', from: 'a', to: 'b', why: 'no' }, ({ key, from, to, why }) =>
    planText(plan(key, from, to, why), { color: true, width: 200, verbose: true }),
  );
});

test('a forged line is seen, and a marked one is none', () => {
  expect(forged(`a\n${evil}`)).toHaveLength(3);
  expect(forged('a: x\n  | FORGED')).toEqual([]);
  expect(baseChart('five').hosts.size).toBe(5);
});
