/** The same engine over a real sshd: scripts, answers, payloads and fetches through real channels. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { carryOut } from '../../src/engine/carry-out.js';
import { connectionsOf } from '../../src/engine/reach/connections.js';
import { readResources } from '../../src/engine/survey.js';
import { connect } from '../../src/transport/connect.js';
import type { Connection } from '../../src/transport/connection.js';
import { type Sshd, startSshd, unable } from '../transport/sshd.js';
import { type Wanted, world } from './world.js';

describe.skipIf(unable)('over ssh', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => {
    await sshd?.stop();
  });

  test('builds three hosts, whose files come with the answers and by HTTP from where ssh came, and a cut resumes', async () => {
    const content = 'large\n'.repeat(200_000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const server = createServer((_, response) => response.end(content)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const hosts = ['h1', 'h2', 'h3'];
    const wanted = hosts.flatMap(host =>
      Array.from(
        { length: 12 },
        (_, index): Wanted => ({
          host,
          name: `f${index}`,
          after: index >= 4 ? [`${host}/f${index - 4}`] : [],
          want: { text: index === 3 ? content : `é ${host} ${index}\n`.repeat(index * 3000) || 'x' },
        }),
      ),
    );
    const w = world(wanted);
    for (const each of w.resources)
      if (each.want.text === content)
        Object.assign(each.want, {
          instead: [{ do: 'fetch', path: each.key, sha256, size: content.length, mode: 0o755 }],
        });
    const made: Connection[] = [];
    const lines = connectionsOf({
      emit: () => {},
      limit: 5,
      connect: async name => {
        const connection = await connect({ ...sshd.host, name }, sshd.options);
        made.push(connection);
        return connection;
      },
    });
    try {
      let cut = false;
      const context = w.context({
        connections: lines.get,
        server: { port: (server.address() as AddressInfo).port, token: 't', chunk: async () => undefined },
      });
      const outcome = await carryOut(w.plan(), context, event => {
        if (event.type !== 'step-done' || event.step !== w.id('h1/f5') || cut) return;
        cut = true;
        // As if the cable was pulled: the transport hears nothing of a wish.
        made.find(connection => connection.host === 'h1')?.close();
      });
      expect(outcome).toMatchObject({ ok: true, mended: 36, converged: 0, failures: [] });
      expect(made).toHaveLength(4);
      expect(w.resources.filter(each => w.read(each.key.slice(w.root.length + 1)) !== each.want.text)).toEqual([]);
      expect(w.plan().steps).toEqual([]);
      expect([...(await readResources(w.resources, context)).values()].every(seen => 'raw' in seen)).toBe(true);
    } finally {
      lines.close();
      server.close();
      w.clean();
    }
  });
});
