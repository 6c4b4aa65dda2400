/** A process that owns a lab and does nothing else until it is ended; says when it begins and when the lab is up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withLab } from '../../src/lab/index.js';

const [, , name = '', subnet = ''] = process.argv;
process.stdout.write('begins\n');
await withLab({ name, subnet, hosts: 2, ephemeral: true }, async () => {
  process.stdout.write('up\n');
  await sleep(600_000);
});
