/** A host that answers from a record: for bundles and tests. */
import type { Channel, Connection, Outcome } from './connection.js';
import { failed } from './failures.js';
import type { Script } from '../shell/sh.js';

/** What the host once answered, by script. `undefined`: nobody asked it then. */
export type Record = (script: Script) => Outcome | undefined;

export const recorded = (host: string, record: Record | ReadonlyMap<string, Outcome>): Connection => {
  const read = typeof record === 'function' ? record : (script: Script) => record.get(script);
  let end: () => void = () => {};
  const closed = new Promise<undefined>(resolve => {
    end = () => resolve(undefined);
  });
  const answer = (script: Script): Outcome => {
    const found = read(script);
    if (!found)
      throw failed(
        host,
        'unreachable',
        `the record holds no answer to: ${script}`,
        'make the record again with this version',
      );
    return found;
  };
  return {
    host,
    closed,
    run: async script => answer(script),
    open: async script => played(answer(script)),
    forward: async (address, port) => {
      throw failed(host, 'unreachable', `a record has no connection to ${address} port ${port}`);
    },
    close: end,
  };
};

const played = ({ code, stdout, stderr }: Outcome): Channel => ({
  write: async () => {},
  end() {},
  kill() {},
  output: (async function* () {
    yield stdout;
  })(),
  done: Promise.resolve({ code, stderr }),
});
