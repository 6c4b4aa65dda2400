/** A build that outlives an interrupted kw takes the machine from whoever runs kw again, for ten minutes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** The build itself sends the signal, as its first act: no moment is too early. */
const program = (folder: string, signal: string, before: string): string => `
import { run } from ${JSON.stringify(resolve('src/artifacts/command.ts'))};
${before}
await run({
  argv: ['sh', '-c', 'echo $$; kill -s ${signal.slice(3)} $PPID; exec sleep 600'],
  log: ${JSON.stringify(join(folder, 'log'))}, says: 'build', help: '',
});
`;

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Polls, since how long a process takes to start or to end is the machine's affair. */
const until = async <T>(ask: () => T | undefined): Promise<T> => {
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

test.each([
  ['SIGINT', ''],
  ['SIGTERM', ''],
  ['SIGHUP', ''],
  ['SIGTERM', 'process.on("SIGTERM", () => process.exit(130));'],
] as const)('%s ends what was begun, and kw (%j)', async (signal, before) => {
  const folder = mkdtempSync(join(tmpdir(), 'kw-command-'));
  writeFileSync(join(folder, 'kw.mts'), program(folder, signal, before));
  const kw = spawn(process.execPath, ['--import', 'tsx', join(folder, 'kw.mts')], { stdio: 'inherit' });
  const ended = once(kw, 'exit');
  expect(await ended).toEqual(before ? [130, null] : [null, signal]);
  const build = Number(readFileSync(join(folder, 'log'), 'utf8'));
  await until(() => (lives(build) ? undefined : true));
});
