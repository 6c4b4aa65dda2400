/** One host's script: the runtime, and of each step its question, its dependencies and its actions as functions. */
import type { Step } from '../../model/plan.js';
import { type Action, type ResourceId, stages } from '../../model/resource.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { type ArmedBy, type ArmedUnit, arming, arms } from './armed.js';
import { fetch } from './fetch.js';
import { keep } from './keep.js';
import { put } from './put.js';
import { runtime } from './runtime.js';

export interface ScriptOptions {
  /** Letters and digits that the host cannot know beforehand. */
  readonly nonce: string;
  /** Where Kubewizard keeps what is its own on the host: `/var/lib/kubewizard`. */
  readonly home: string;
  /** A directory in memory for the answers of this run: `/run/kubewizard`. */
  readonly scratch: string;
  /** The content-addressed server; `address` absent: where the ssh connection came from. */
  readonly server?: { readonly port: number; readonly token: string; readonly address?: string };
  /** Of steps that belong to a turn of a rollout, what is kept before they act. */
  readonly turns?: Turning;
}

export interface Turning {
  readonly run: string;
  readonly steps: ReadonlyMap<ResourceId, InTurn>;
  /** Absent: no turn of it is armed. */
  readonly armed?: ArmedBy;
}

/** A step's part in the turn of its host. */
export interface InTurn {
  /** All units of the turn. */
  readonly all: readonly string[];
  /** Those that read what the step writes. */
  readonly readers: readonly string[];
  /** The steps of all units: what was kept goes once each is proven. */
  readonly proofs: readonly ResourceId[];
  readonly paths: readonly string[];
  /** All units of the turn, where the host takes it back by itself unless it is told that it need not. */
  readonly armed?: readonly ArmedUnit[];
}

/** Holds no secret: what is put comes with the control machine's answer. Steps are known by their index in `steps`. */
export const hostScript = (steps: readonly Step[], options: ScriptOptions): Script => {
  const indices = new Map(steps.map((step, index) => [step.id, index]));
  const { server, turns } = options;
  return scripts([
    sh`kw_n=${options.nonce} kw_home=${options.home} kw_scratch=${options.scratch}`,
    sh`kw_port=${server?.port ?? ''} kw_token=${server?.token ?? ''} kw_machine=${server?.address ?? ''}`,
    runtime,
    put,
    fetch,
    ...(turns ? [sh`kw_turn=${turns.run}`, keep] : []),
    ...(turns?.armed ? [arming(turns.armed, options)] : []),
    ...steps.map((step, index) =>
      stepText(
        step,
        index,
        step.after.flatMap(id => indices.get(id) ?? []),
        turns,
      ),
    ),
    sh`kw_left=${numbers(steps, () => true)}`,
    sh`kw_early=${numbers(steps, starts)}`,
    sh`kw_judged=${` ${numbers(steps, ({ id }) => turns?.steps.get(id)?.proofs.includes(id) === true)} `}`,
    sh`kw_alone`,
    ...(turns?.armed ? [sh`kw_taken`] : []),
    sh`kw_main`,
  ]);
};

/**
 * Their numbers, as one word. Of those that may act at the same time an earlier stage goes first: API servers elsewhere
 * wait for a new member of etcd, nobody for the program of its kubelet.
 */
const numbers = (steps: readonly Step[], which: (step: Step) => boolean): string =>
  [...steps.entries()]
    .filter(([, step]) => which(step))
    .toSorted(([, one], [, other]) => stages.indexOf(one.stage) - stages.indexOf(other.stage))
    .map(([index]) => index)
    .join(' ');

/** What takes its time once it is started. */
const starts = ({ actions }: Step): boolean =>
  actions.some(action => action.do === 'run') && actions.some(action => action.do === 'wait');

const settled = (after: readonly number[]): Script =>
  after.length === 0
    ? sh`:`
    : scripts(
        after.map(each => sh`[ "$kw_s_${each}" = x ]`),
        ' && ',
      );

const stepText = (step: Step, index: number, after: readonly number[], turns?: Turning): Script => {
  if (step.question.ask !== 'host') throw new Error(`${step.id} asks the API: it has no place in a host's script`);
  const turn = turns?.steps.get(step.id);
  const confirms = turn?.armed?.some(unit => unit.step === step.id) === true;
  const phases = phasesOf(step.actions, confirms);
  return scripts([
    sh`kw_s_${index}= kw_seen_${index}=${step.seen} kw_way_${index}=${phases.map(phase => `${phase.name} `).join('')}`,
    sh`kw_ready_${index}() { ${raw(settled(after))}; }`,
    sh`kw_look_${index}() ( eval ${step.question.script} ) </dev/null 3<&- 4>&-`,
    ...phases.flatMap((phase, at) => [
      sh`kw_${phase.name}_${index}() { ${raw(
        scripts(
          [
            ...(turn && at === 0 ? keeping(turn, step, turns?.armed) : []),
            ...(confirms && at === phases.length - 1 ? [sh`kw_confirm ${index}`] : []),
            ...phase.actions.map(({ action, at }) => actionText(action, index, at)),
          ],
          ' && ',
        ),
      )}; }`,
      ...(phase.seconds === undefined
        ? []
        : [
            sh`kw_limit_${phase.name}_${index}=${Math.ceil(phase.seconds)}`,
            sh`kw_why_${phase.name}_${index}() { ${raw(whyOf(phase))}; }`,
          ]),
    ]),
  ]);
};

const keeping = (turn: InTurn, { actions }: Step, by?: ArmedBy): readonly Script[] => {
  const { all, readers, paths, armed } = turn;
  // While a large file comes, nothing is changed yet, and the script can say nothing.
  const seconds = actions.some(action => action.do === 'fetch') ? fetchSeconds : (by?.seconds ?? 0);
  return [
    sh`kw_before ${words(all)}`,
    ...(armed ? arms(armed, seconds) : []),
    ...paths.map(path => sh`kw_keep ${words(readers)} ${path}`),
  ];
};
const fetchSeconds = 900;
/** As one word. */
const words = (units: readonly string[]): string => units.join(' ');

const whyOf = ({ actions }: Phase): Script => {
  const why = actions[0]?.action.do === 'wait' ? actions[0].action.why : undefined;
  return why === undefined ? sh`:` : sh`kw_run ${why}`;
};

interface Phase {
  /** `a0`: actions in one go; `w1`: one wait. The number is that of the step's first action in it. */
  readonly name: string;
  readonly seconds?: number;
  readonly actions: { readonly action: Action; readonly at: number }[];
}

/** `confirms`: the last of them acts, and comes after all waits. */
const phasesOf = (actions: readonly Action[], confirms: boolean): readonly Phase[] => {
  const phases: Phase[] = [];
  for (const [at, action] of actions.entries()) {
    const last = phases.at(-1);
    if (action.do === 'wait') phases.push({ name: `w${at}`, seconds: action.seconds, actions: [{ action, at }] });
    else if (last && last.seconds === undefined) last.actions.push({ action, at });
    else phases.push({ name: `a${at}`, actions: [{ action, at }] });
  }
  if (confirms && (phases.length < 2 || phases.at(-1)?.seconds !== undefined))
    phases.push({ name: `a${actions.length}`, actions: [] });
  return phases;
};

/** The shell variable that holds what is written, in base64; it comes with the word `go`. */
export const payloadName = (index: number, at: number, part: '' | '_key' | '_cert' = ''): string =>
  `kw_p_${index}_${at}${part}`;

const actionText = (action: Action, index: number, at: number): Script => {
  const payload = (part?: '_key' | '_cert') => raw(sh`"$${payloadName(index, at, part)}"`);
  switch (action.do) {
    case 'run':
    case 'wait':
      return sh`kw_run ${action.script}`;
    case 'put':
      return sh`kw_put ${action.path} ${octal(action.mode)} ${action.owner ?? ''} ${payload()} ${umask(action.mode)}`;
    case 'fetch':
      return sh`kw_fetch ${action.path} ${action.sha256} ${action.size} ${octal(action.mode)}`;
    case 'issue':
      return action.to.as === 'kubeconfig'
        ? sh`kw_put ${action.to.path} 0600 '' ${payload()} 0177`
        : // The key first: a certificate that is there has its key.
          sh`kw_put ${action.to.key} 0600 '' ${payload('_key')} 0177 && \
kw_put ${action.to.cert} 0644 '' ${payload('_cert')} 0133`;
    case 'call':
    case 'await':
    case 'drain':
    case 'uncordon':
      throw new Error(`a host's step cannot ${action.do} the API`);
  }
};

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
const umask = (mode: number): string => octal(0o777 & ~mode);
