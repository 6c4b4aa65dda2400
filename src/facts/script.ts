import { raw, type Script, sh } from '../shell/sh.js';
import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';

/** Whether a script exits 0. What it prints is dropped, since it need not be the same twice. */
export const succeeds = (id: string, script: Script): Fact<boolean> => ({
  id,
  question: { ask: 'host', script: sh`if ( ${raw(script)}\n) >/dev/null 2>&1; then echo ready; else echo not; fi` },
  parse: output => {
    const word = output.trim();
    if (word !== 'ready' && word !== 'not') throw new Unreadable(id, output, 'neither ready nor not');
    return word === 'ready';
  },
});

/** The lines that a script prints, empty ones left out. */
export const prints = (id: string, script: Script): Fact<readonly string[]> => ({
  id,
  question: { ask: 'host', script },
  parse: output =>
    output
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== ''),
});
