/** Carries a therapy's plan out as every other plan: under the lock, and into the journal. */
import type { Healing } from '../../engine/heal/index.js';
import { idOf } from '../../model/resource.js';
import { tellStopping } from '../build/execute.js';
import { serveFor } from '../build/serve.js';
import type { Story } from '../story.js';
import type { Target } from './target.js';

export const acting =
  (story: Story, { session, artifacts }: Target): Healing['act'] =>
  async (plan, resources, { before, afterwards }) => {
    const { signal } = story.ports;
    const stopped = tellStopping(story, 'kw heal');
    const served = artifacts ? await serveFor(plan, artifacts) : undefined;
    try {
      const run = await session.run(plan, {
        command: 'kw heal',
        wanted: new Map(resources.map(one => [idOf(one), one])),
        events: story.events,
        before,
        ...(signal ? { signal } : {}),
        ...(served?.server ? { server: served.server } : {}),
      });
      try {
        const { ok, exitCode, failures } = run.outcome;
        const reasons = failures.map(one => `${one.host ? `${one.host}: ` : ''}${one.message}`).join('; ');
        await afterwards({ ok, exitCode, message: reasons || `exit code ${exitCode}`, failures });
      } finally {
        await run.end();
      }
    } finally {
      stopped();
      await served?.close();
    }
  };
