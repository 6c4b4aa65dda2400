/** Carries a plan out for a command: consent, artifacts, progress, and what may follow under the same lock. */
import { isatty } from 'node:tty';
import { type Event, exitCodes } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { idOf } from '../../model/resource.js';
import type { Session } from '../../engine/session.js';
import { planText } from '../../plan/text.js';
import { interrupted } from '../complaint.js';
import { progress } from '../view/progress/view.js';
import type { Drafted } from './draft.js';
import type { Proving } from './proof.js';
import { serveFor } from './serve.js';
import { consent, type Given } from './consent.js';

export interface Execution extends Given {
  readonly command: string;
  readonly json?: boolean | undefined;
  /** Runs once it was agreed to, and before anything is changed. */
  readonly beforehand?: (() => Promise<void>) | undefined;
  /** Runs after a plan that succeeded, under its lock; false: the exit code says unproven. */
  readonly afterwards?: ((proving: Proving) => Promise<boolean>) | undefined;
}

/** The exit code. */
export async function execute(session: Session, drafted: Drafted, plan: Plan, how: Execution): Promise<number> {
  if (!how.json) process.stdout.write(shown(plan));
  if (!(await consent(plan, how))) {
    process.stderr.write('nothing was done\n');
    return exitCodes.refused;
  }
  if (plan.steps.length > 0) await how.beforehand?.();
  const view = progress({ json: how.json });
  const stop = interruptible();
  const served = await serveFor(plan, drafted.artifacts);
  try {
    const run = await session.run(plan, {
      command: how.command,
      wanted: new Map(drafted.resources.map(resource => [idOf(resource), resource])),
      listen: (event: Event) => view.event(event),
      signal: stop.signal,
      proves: how.afterwards !== undefined,
      ...(served.server ? { server: served.server } : {}),
    });
    if (how.json)
      for (const { host, why } of blindOnly(drafted, session))
        run.emit({ type: 'note', host, says: `could not be seen: ${why}` });
    try {
      const proven =
        !run.outcome.ok ||
        how.afterwards === undefined ||
        (await how.afterwards({ emit: run.emit, signal: stop.signal }));
      view.end();
      return run.outcome.interrupted ? interrupted : codeOf(run.outcome.exitCode, proven, drafted);
    } finally {
      await run.end();
    }
  } finally {
    view.end();
    stop.end();
    await served.close();
  }
}

/** Without the plan's text nobody would know of hosts that were connected and answered nothing that could be read. */
const blindOnly = (drafted: Drafted, { lost }: Session): Drafted['unseen'] =>
  drafted.plan.unseen.filter(({ host }) => !lost.has(host));

/** A host that was not seen is never success. */
const codeOf = (code: number, proven: boolean, { unseen }: Drafted): number =>
  code !== 0 ? code : !proven ? exitCodes.unproven : unseen.length > 0 ? exitCodes.unreachable : 0;

export const shown = (plan: Plan, verbose = false): string =>
  planText(plan, { color: isatty(1) && !process.env.NO_COLOR, width: process.stdout.columns || 120, verbose });

/** The first Ctrl-C ends after the current actions, the second at once. */
export function interruptible(command = 'kw up'): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(interrupted);
    process.stderr.write(
      `\nstopping after the current actions; once more to stop at once (${command} goes on from here)\n`,
    );
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    end: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}
