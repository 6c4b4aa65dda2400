import { cluster } from '../../../src/blueprint/cluster.js';
import { adoption, readDiscovery, subjects } from '../../../src/discovery/hosts.js';
import { health } from '../../../src/facts/health.js';
import { hostFacts } from '../../../src/facts/host.js';
import { chartFacts, readChart } from '../../../src/facts/chart/index.js';
import { redactTree } from '../../../src/model/redaction/redact.js';
import { judgePreflight } from '../../../src/preflight/judge.js';
import { preflight } from '../../../src/preflight/questions.js';
import { leftOut } from '../../../src/plan/leaving.js';
import { finalKeys } from '../../../src/plan/final-keys.js';
import { readAnswer } from '../../../src/plan/read-answer.js';
import { kindsAt } from '../../../src/resources/index.js';
import { split } from '../../../src/shell/questions.js';
import { escapeForTerminal } from '../../../src/shell/terminal.js';
import { readCluster } from '../../../src/spec/index.js';
import { baseChart } from '../../clinic/fixture.js';
import { inputFor, released } from '../../golden/input.js';
import { Complaint, type Target } from '../target.js';
import { examined } from './bundle.js';
import { fileText, fileTexts, stringsOfTests } from './examples.js';

const nonce = 'abcdefgh12345678';
const now = new Date('2026-01-01T00:00:00Z');
const kinds = kindsAt(() => now);

const input = () => {
  const checked = readCluster(fileText('test/golden/five-hosts.yaml').replace('VERSION', '1.33.1'), 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return inputFor(checked.value, released(checked.value.kubernetes, '1.7.27'));
};
const made = input();
/** One of each kind and form is enough: readers know nothing of the rest. */
const resources = [
  ...new Map(
    cluster(made).map(one => [`${one.kind} ${Object.keys(one.want as object).join()}`, one] as const),
  ).values(),
];

/** What a host that is as wanted would say of itself, in the words of each reader. */
const facts = `hostname=a\nos=debian\nosVersion=12\narch=x86_64\ncpus=4\nmemory=8388608\ncgroup=v2
interface=eth0\nmtu=1500\nresolvConf=/etc/resolv.conf\npodCidr=10.244.1.0/24\netcd=exists
etcdMembers=a=https://10.0.0.1:2380\nbuilt=yes\npeer=b 10.0.0.2 10.244.2.0/24 v m\nbuiltPOD_CIDR=10.244.1.0/24\n`;
const signs = `name a\naddress 10.0.0.1\nprogram etcd\nprogram kube-apiserver\nserver https://10.0.0.1:6443
cluster demo\nversion 1.33.1\napi-port 6443\n`;

const answers = (): readonly string[] => [
  facts,
  signs,
  ...fileTexts('test/facts/fixtures', /\.txt$/),
  ...stringsOfTests('test/facts'),
  ...stringsOfTests('test/resources', 20),
  ...stringsOfTests('test/preflight', 20),
];

const framed = (output: string): string =>
  chartFacts.map(({ id }) => `\n${nonce}> ${id}\n${output}\n${nonce}< ${id} 0\n`).join('');

/** Every reader of the clinic is given the same answer; then all cases look at what they made of it. */
const chart = (output: string): void => {
  const asked = { sentAt: now.getTime(), answeredAt: now.getTime() + 1000 };
  const seen = readChart('kw-1', framed(output), nonce, asked);
  for (const one of Object.values(seen))
    if ('missing' in one && /Cannot read|is not a function|not iterable|call stack|undefined/.test(one.missing))
      throw new Complaint(`${one.source}: ${one.missing}`);
  const base = baseChart('five');
  const [name, host] = [...base.hosts][0] ?? [];
  if (host && name) examined({ ...base, hosts: new Map([...base.hosts, [name, { ...host, ...seen }]]) });
};

const several = (run: readonly (() => unknown)[]): void => {
  const errors: unknown[] = [];
  for (const one of run)
    try {
      one();
    } catch (error) {
      if ((error as Error).name !== 'Unreadable') errors.push(error);
    }
  if (errors.length > 0) throw errors[0];
};

const planned = (output: string): void => {
  for (const one of resources) {
    const seen = readAnswer(one, { raw: output }, kinds);
    if ('missing' in seen || seen.changes.length === 0) continue;
    kinds[one.kind as keyof typeof kinds].plan(one.key, one.want as never, seen.changes);
  }
};

const judged = (output: string): void => {
  const fact = hostFacts('10.0.0.1').parse(output);
  const facts = new Map(made.spec.hosts.map(({ name }) => [name, fact]));
  const again = { ...made, facts, leaving: leftOut(made.spec, facts) };
  finalKeys(made.spec, facts);
  cluster(again);
};

export const hostAnswers: Target = {
  name: 'host-answers',
  form: 'text',
  examples: answers,
  run: output =>
    several([
      () => planned(output),
      () => judged(output),
      () => {
        const seen = preflight({ targets: [], etcd: true, virtualAddress: '10.0.0.100' }).parse(output);
        const all = new Map(made.spec.hosts.map(({ name }) => [name, seen]));
        judgePreflight(made.spec, all, new Map(made.spec.hosts.map(({ name }) => [name, now.getTime() / 1000])));
      },
      () => health([{ unit: 'etcd.service' }]).parse(output),
      () => {
        const [host] = made.spec.hosts;
        const asked = host ? [{ host, facts: readDiscovery(output) }] : [];
        adoption(asked);
        subjects(asked);
      },
      () => split(output, nonce),
      () => escapeForTerminal(output),
      () => redactTree({ output }),
    ]),
};

export const hostCharts: Target = { name: 'host-charts', form: 'text', examples: answers, run: chart };
