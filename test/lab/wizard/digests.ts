/** What is on the disks of lab hosts and of the control machine, by digest: to see that nothing was written. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../scenario.js';

const kept =
  'find /etc/kubernetes /var/lib/kubewizard /var/lib/kubelet/pki /etc/systemd/system -type f ' +
  '-exec sha256sum {} + | sort';

/** A host's keys, configurations, units and marks. */
export const fileDigests = async (t: Stage, host: string): Promise<string> => {
  const { code, stdout } = await t.on(host, kept);
  assert.equal(code, 0);
  assert.ok(stdout.split('\n').length > 20, `${host} was seen`);
  return stdout;
};

/** Every file below a folder of this machine. */
export const listing = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter(path => existsSync(join(folder, path)) && statSync(join(folder, path)).isFile())
    .map(
      path =>
        `${path} ${createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex')}`,
    )
    .join('\n');
