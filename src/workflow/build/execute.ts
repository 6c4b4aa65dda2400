/** Carries a plan out: consent, artifacts, the run, and what may follow under the same lock. */
import { type AppliedEvent, rememberApplied } from '../../engine/applied.js';
import type { Outcome } from '../../engine/context.js';
import { controlProcess } from '../../engine/lock/control-process.js';
import type { Session } from '../../engine/session.js';
import type { Plan } from '../../model/plan.js';
import { idOf } from '../../model/resource.js';
import { kwBuild } from '../../model/version.js';
import { shortWants } from '../../plan/drift/wants.js';
import type { Story } from '../story.js';
import { consent, type Given } from './consent.js';
import type { Drafted, Unseen } from './draft.js';
import type { Proving } from './proof.js';
import { keepRenewed } from './renewed-authorities.js';
import { serveFor } from './serve.js';
import { tellCordoned } from './tell-cordoned.js';

export interface Execution extends Given {
  readonly command: string;
  /** Runs once it was agreed to, and before anything is changed. */
  readonly beforeFirstStep?: (() => Promise<void>) | undefined;
  /** Runs after a plan that succeeded, under its lock; false: unproven. */
  readonly afterwards?: ((proving: Proving) => Promise<boolean>) | undefined;
  /** The cluster file's text, where a run that succeeds leaves all that it asks for. */
  readonly applies?: string | undefined;
}

/** `refused`: by the person, or since a host is not fit for it; nothing was changed. */
export type Ended =
  | { readonly ended: 'refused' }
  | {
      readonly ended: 'ran';
      readonly outcome: Outcome;
      /** False: what follows the plan was asked, and said no. */
      readonly proven: boolean;
      readonly unseen: readonly Unseen[];
    };

export async function execute(
  story: Story,
  session: Session,
  drafted: Drafted,
  plan: Plan,
  how: Execution,
): Promise<Ended> {
  story.emit({ type: 'plan', plan });
  if (!(await consent(plan, how, story))) return { ended: 'refused' };
  if (plan.steps.length > 0) {
    await keepRenewed(drafted.vault, drafted.input);
    await how.beforeFirstStep?.();
  }
  const { signal } = story.ports;
  const stopped = tellStopping(story, how.command);
  const served = await serveFor(plan, async () => drafted.artifacts);
  try {
    const run = await session.run(plan, {
      command: how.command,
      wanted: new Map(drafted.resources.map(resource => [idOf(resource), resource])),
      events: story.events,
      proves: how.afterwards !== undefined,
      ...(signal ? { signal } : {}),
      ...(served.server ? { server: served.server } : {}),
    });
    try {
      if (!run.outcome.ok) await tellCordoned(session, plan, run.emit);
      else await applied(story, session, drafted, plan, how);
      const proven =
        !run.outcome.ok || how.afterwards === undefined || (await how.afterwards({ emit: run.emit, signal }));
      return { ended: 'ran', outcome: run.outcome, proven, unseen: drafted.unseen };
    } finally {
      await run.end();
    }
  } finally {
    stopped();
    await served.close();
  }
}

/** What a rule keeps from being done is not applied. */
async function applied(
  { events, ports }: Story,
  { dir }: Session,
  { resources }: Drafted,
  plan: Plan,
  how: Execution,
): Promise<void> {
  const { applies: file, command: ran } = how;
  if (file === undefined || plan.leftOut?.some(({ rule }) => rule !== undefined)) return;
  const without = plan.unseen.map(({ host }) => host);
  const what: AppliedEvent = {
    type: 'applied',
    ran,
    owner: controlProcess().owner,
    without,
    version: kwBuild,
    file,
    wants: shortWants(resources),
  };
  if (plan.steps.length > 0 || how.afterwards) events.emit(what);
  else await rememberApplied(dir, events, ports.clock(), what);
}

/** Says that an interruption was heard. @returns how to stop listening. */
export function tellStopping({ ports: { signal }, emit }: Story, command: string): () => void {
  const tell = (): void => emit({ type: 'stopping', command });
  signal?.addEventListener('abort', tell, { once: true });
  return () => signal?.removeEventListener('abort', tell);
}
