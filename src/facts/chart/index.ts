/** Everything that is asked of a host for the clinic, in one script, and what its answers say. */
import type { Evidence } from '../../model/fact.js';
import { type Answer, type Asked as Question, join, split } from '../../shell/questions.js';
import { certificates } from './certificates.js';
import { type Asked, type Collector, NotSeen, type Section } from './collector.js';
import { etcd } from './etcd.js';
import { files } from './files.js';
import { firewall } from './firewall.js';
import type { HostChart } from './host-chart.js';
import { keys } from './keys.js';
import { kubeconfigs } from './kubeconfigs.js';
import { logs } from './logs.js';
import { network } from './network.js';
import { prelude } from './prelude.js';
import { processes } from './processes.js';
import { containerd, cniPlugins, images } from './runtime.js';
import { cgroup, clock, identity, listening, room, sysctls, versions } from './small.js';
import { units } from './units.js';
import { type Script, scripts } from '../../shell/sh.js';

/** What is cheap and telling first: a host that breaks off half-way has said the most important things. */
export const collectors: readonly Collector[] = [
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
export const chartScript = (nonce: string, more: readonly Question[] = []): Script =>
  scripts(
    [
      prelude,
      join(
        [
          ...collectors.map(({ section, script, seconds, bytes }) => ({ id: section, script, seconds, bytes })),
          ...more,
        ],
        nonce,
      ),
    ],
    '',
  );

export type Scripted = Pick<HostChart, Section>;

/** Every section a value, or the reason why it is missing. Never throws for what a host printed. */
export const readChart = (host: string, output: string, nonce: string, asked: Asked): Scripted => {
  const answers = split(output, nonce);
  const at = new Date(asked.answeredAt).toISOString();
  return Object.fromEntries(
    collectors.map(collector => [
      collector.section,
      evidence(host, at, collector, answers.get(collector.section), asked),
    ]),
  ) as unknown as Scripted;
};

const evidence = (
  host: string,
  at: string,
  { section, parse: read, seconds, bytes }: Collector,
  answer: Answer | undefined,
  asked: Asked,
): Evidence => {
  const head = { host, source: section, at };
  if (!answer)
    return {
      ...head,
      missing: `the host broke off before it answered this${asked.broke === undefined ? '' : `: ${asked.broke}`}`,
      kind: 'timeout',
    };
  if (answer.code === 124) return { ...head, missing: `no answer within ${seconds} s`, kind: 'timeout' };
  try {
    return { ...head, value: read(answer.output, asked) };
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
