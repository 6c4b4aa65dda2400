/** A test run that a signal ends hands it to the tool that it runs, and knows that nothing else is to be begun. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const run = `
import { endedBy, tool } from './src/cli/testing/tool.ts';
const code = await tool(['/bin/sh', '-c', 'echo begun; exec sleep 60'], { cwd: '.', seconds: 60 });
console.log(code, endedBy());
`;

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s',
  async signal => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', run], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => {
      output += String(piece);
      if (String(piece).includes('begun')) child.kill(signal);
    });
    await once(child, 'close');
    expect(output).toBe(`begun\n${signal === 'SIGTERM' ? 143 : 130} ${signal}\n`);
  },
  60_000,
);
