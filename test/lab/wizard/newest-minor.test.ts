/**
 * A cluster of the newest minor on real hosts. Its binaries cannot be built from Debian: this needs a mirror that holds
 * them (docs/artifacts.md), named by KW_TEST_MIRROR, and the version by KW_TEST_VERSION. Without one it is skipped, and says so.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { withLab } from '../../../src/lab/index.js';
import { stage } from '../stage.js';
import { client, readyNodes, writeCluster } from './cluster.js';

const { KW_TEST_MIRROR: mirror, KW_TEST_VERSION: version } = process.env;

test.skipIf(!mirror || !version)('a cluster of the newest minor comes up unchanged from a mirror that holds it (KW_TEST_MIRROR, KW_TEST_VERSION)', { timeout: 12 * 60_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kw-newest-'));
  await withLab({ name: 'newest-minor', hosts: 3, ephemeral: true }, async lab => {
    const t = stage(resolve('.'), dir, 'newest-minor', join(dir, 'log'));
    await writeCluster(t, lab, { kubernetes: version, artifacts: { source: 'mirror', mirror } });
    await t.ok(['up', '--yes']);
    expect(await readyNodes(await client(t))).toEqual(['kw-1', 'kw-2', 'kw-3']);
    expect((await t.kw(['plan'])).code).toBe(0);
  });
  await rm(dir, { recursive: true });
});
