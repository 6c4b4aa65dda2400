/** What a scenario plays on: the program of this checkout, and a lab of its own. */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { labSshArgv, labUp } from '../../src/lab/index.js';
import { estimated } from './estimates.js';
import type { Output, Stage } from './scenario.js';

export const stage = (root: string, dir: string, labName: string, log: string): Stage => {
  // Two scenarios speak at once: the end of the lab's name tells whose line it is.
  const queue = labName.split('-').at(-1) ?? '';
  const note = (says: string): void => {
    const line = `  ${queue} ${new Date().toISOString().slice(11, 19)} ${says}\n`;
    appendFileSync(log, line);
    process.stdout.write(line);
  };
  const output = async (
    argv: readonly string[],
    how: { readonly input?: string; readonly signal?: AbortSignal } = {},
  ): Promise<Output> => {
    const result = await heard(argv, dir, how);
    appendFileSync(log, `$ ${argv.join(' ')}\n${result.stdout}${result.stderr}exit code ${result.code}\n`);
    return result;
  };
  const kw: Stage['kw'] = async (args, how) => {
    const result = await output([join(root, 'kw'), ...args], how);
    const time = estimated(result.stdout + result.stderr);
    // What is over within ten seconds nobody plans his coffee by.
    if (time && time.took > 10)
      note(
        `kw ${args[0]}: said ${time.said} s, took ${time.took} s${time.factor > 2 ? ': more than a factor of 2' : ''}`,
      );
    return result;
  };
  return {
    dir,
    labName,
    kw,
    note,
    lab: hosts => labUp({ name: labName, ...(hosts === undefined ? {} : { hosts }) }, { progress: note }),
    async ok(args) {
      const result = await kw(args);
      if (result.code !== 0)
        throw new Error(
          `kw ${args.join(' ')}: exit code ${result.code}\n${result.stdout.slice(-3000)}${result.stderr.slice(-3000)}`,
        );
      return result;
    },
    on: async (host, command) => output([...(await labSshArgv(labName, host)), '-o', 'ConnectTimeout=5', command]),
    bar(says, value, most) {
      const over = value > most;
      note(
        `${over ? '!!! ' : ''}${says}: ${Number(value.toFixed(2))} (at most ${most}${over ? ': OVER ITS BAR' : ''})`,
      );
      if (over && process.env.KW_TEST_BARS) throw new Error(`${says}: ${value}, and it may be ${most} at most`);
    },
    async step(says, work) {
      const began = performance.now();
      const result = await work();
      note(`${says} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      return result;
    },
  };
};

const heard = async (
  argv: readonly string[],
  cwd: string,
  { input, signal }: { readonly input?: string; readonly signal?: AbortSignal },
): Promise<Output> => {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal ? { signal, killSignal: 'SIGKILL' as const } : {}),
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    out.stderr += text;
  });
  child.on('error', error => {
    if (!signal?.aborted) out.stderr += error.message;
  });
  child.stdin.on('error', () => undefined).end(input ?? '');
  // Not `once`: it rejects on the error event that an aborted signal brings.
  const code = await new Promise<number | null>(resolve => {
    child.once('close', resolve);
  });
  return { code: code ?? 137, ...out };
};
