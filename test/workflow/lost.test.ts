import { expect, test } from 'vitest';
import { tellLost } from '../../src/workflow/build/lost.js';
import { failureText } from '../../src/cli/view/failure.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { type Failure, WorldFailed } from '../../src/model/event.js';

const spec = { hosts: [{ name: 'a' }, { name: 'b' }] } as unknown as ClusterSpec;
const key: Failure = {
  class: 'refused',
  message: 'nobody knows the host key of 192.0.2.1',
  help: 'compare it on the host: ssh-keygen -lf …',
};
const away: Failure = { class: 'unreachable', message: 'connection refused' };

const told = (lost: Readonly<Record<string, Failure>>): { readonly text: string; readonly thrown?: unknown } => {
  let text = '';
  try {
    tellLost({ spec, lost: new Map(Object.entries(lost)) }, event => {
      if (event.type === 'failure') text += `${failureText(event.failure)}\n`;
    });
    return { text };
  } catch (thrown) {
    return { text, thrown };
  }
};

test('a refused host key comes with the way out, and the others go on', () => {
  expect(told({ b: key })).toEqual({
    text: 'b: refused: nobody knows the host key of 192.0.2.1\n  do: compare it on the host: ssh-keygen -lf …\n',
  });
});

test('with no host left that is the end, and a refusal is the reason', () => {
  const { text, thrown } = told({ a: away, b: key });
  expect(text).toBe('');
  expect(thrown).toBeInstanceOf(WorldFailed);
  expect((thrown as WorldFailed).failure).toEqual({ ...key, host: 'b' });
});

test('a host that is merely away is left to the plan to tell', () => {
  expect(told({ a: away })).toEqual({ text: '' });
  expect(told({})).toEqual({ text: '' });
});
