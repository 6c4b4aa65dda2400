/** Everything that is asked of a host for the clinic, in one script, and what its answers say. */
import { type Asked, type Evidence, NotSeen } from '../../model/fact.js';
import { type Answer, join, type NamedQuestion, split } from '../../shell/questions.js';
import { certificates } from './certificates.js';
import type { ChartFact, Section } from './chart-fact.js';
import { etcd } from './etcd.js';
import { files } from './files.js';
import { firewall } from './firewall.js';
import type { HostChart } from './host-chart.js';
import { kernel } from './kernel.js';
import { keys } from './keys.js';
import { kubeconfigs } from './kubeconfigs.js';
import { logs } from './logs.js';
import { network } from './network.js';
import { podLinks } from './pod-links.js';
import { prelude } from './prelude.js';
import { processes } from './processes.js';
import { containerd, cniPlugins, images } from './runtime.js';
import { cgroup, clock, identity, listening, room, sysctls, versions } from './small.js';
import { units } from './units.js';
import { type Script, scripts } from '../../shell/sh.js';

/** What is cheap and telling first: a host that breaks off half-way has said the most important things. */
export const chartFacts: readonly ChartFact[] = [
  clock,
  identity,
  cgroup,
  units,
  processes,
  files,
  certificates,
  keys,
  kubeconfigs,
  network,
  listening,
  sysctls,
  kernel,
  podLinks,
  etcd,
  firewall,
  room,
  containerd,
  cniPlugins,
  images,
  versions,
  logs,
];

/** The whole script; `more` are questions of others that travel along. `nonce` as in `shell/questions`. */
export const chartScript = (nonce: string, more: readonly NamedQuestion[] = []): Script =>
  scripts([prelude, join([...chartFacts.map(({ id, question }) => ({ ...question, id })), ...more], nonce)], '');

export type Scripted = Pick<HostChart, Section>;

/** Every section a value, or the reason why it is missing. Never throws for what a host printed. */
export const readChart = (host: string, output: string, nonce: string, asked: Asked): Scripted => {
  const answers = split(output, nonce);
  const at = new Date(asked.answeredAt).toISOString();
  return Object.fromEntries(
    chartFacts.map(fact => [fact.id, evidence(host, at, fact, answers.get(fact.id), asked)]),
  ) as unknown as Scripted;
};

const evidence = (
  host: string,
  at: string,
  { id, parse, question: { seconds, bytes } }: ChartFact,
  answer: Answer | undefined,
  asked: Asked,
): Evidence => {
  const head = { host, source: id, at };
  if (!answer)
    return {
      ...head,
      missing: `the host broke off before it answered this${asked.broke === undefined ? '' : `: ${asked.broke}`}`,
      kind: 'timeout',
    };
  if (answer.code === 124) return { ...head, missing: `no answer within ${seconds} s`, kind: 'timeout' };
  try {
    return { ...head, value: parse(answer.output, asked) };
  } catch (error) {
    if (Buffer.byteLength(answer.output) >= bytes)
      return { ...head, missing: `the answer was cut off after ${bytes} bytes`, kind: 'cut' };
    // A reader of ours that throws on what a host printed must blind us in this one section only.
    return {
      ...head,
      missing:
        error instanceof NotSeen
          ? error.message
          : `its answer could not be read: ${error instanceof Error ? error.message : String(error)}`,
      kind: error instanceof NotSeen ? 'not-collected' : 'unreadable',
    };
  }
};
