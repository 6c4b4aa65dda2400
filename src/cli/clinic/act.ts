/** Carries a therapy's plan out as every other plan: under the lock, into the journal, before the person's eyes. */
import type { Acted, Healing } from '../../engine/heal/index.js';
import { idOf } from '../../model/resource.js';
import type { Patient } from './patient.js';
import { interruptible } from '../cluster/execute.js';
import { serveFor } from '../cluster/serve.js';
import { progress } from '../view/progress/view.js';

export const acting =
  ({ session, artifacts }: Patient, { json }: { readonly json?: boolean }): Healing['act'] =>
  async (plan, resources, afterwards) => {
    const view = progress({ json });
    const stop = interruptible('kw heal');
    const served = artifacts ? await serveFor(plan, artifacts) : undefined;
    try {
      const run = await session.run(plan, {
        command: 'kw heal',
        wanted: new Map(resources.map(one => [idOf(one), one])),
        listen: event => view.event(event),
        signal: stop.signal,
        ...(served?.server ? { server: served.server } : {}),
      });
      try {
        view.end();
        const { ok, exitCode, failures } = run.outcome;
        const acted: Acted = {
          ok,
          exitCode,
          said:
            failures.map(one => `${one.host ? `${one.host}: ` : ''}${one.said}`).join('; ') || `exit code ${exitCode}`,
        };
        await afterwards(acted);
      } finally {
        await run.end();
      }
    } finally {
      view.end();
      stop.end();
      await served?.close();
    }
  };
