/** A server whose silence makes a cluster ill is asked once more before it is called silent; others are not. */
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { probe } from '../../src/engine/gather/probe.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const silent = (): Duplex => new Duplex({ read: () => undefined, write: (_, __, done) => done() });
const answering = (): Duplex => {
  const one: Duplex = new Duplex({
    read: () => undefined,
    write: (_, __, done) => {
      one.push('HTTP/1.0 200 OK\r\nDate: now\r\n\r\nok');
      one.push(null);
      done();
    },
  });
  return one;
};

const asked = async (sockets: Duplex[], asksTwice: boolean) => {
  let tries = 0;
  const target = {
    address: '10.0.0.1',
    port: 6443,
    tls: false,
    paths: ['/readyz'],
    ...(asksTwice && ({ asksTwice } as const)),
  };
  const answer = probe({ forward: async () => sockets[tries++] ?? silent() }, target);
  await vi.advanceTimersByTimeAsync(60_000);
  return [(await answer).answers['/readyz'], tries];
};

test('who was only busy answers when asked again', async () => {
  expect(await asked([silent(), answering()], true)).toEqual(['200 ok', 2]);
});

test('who is silent twice is silent', async () => {
  expect(await asked([silent(), silent(), answering()], true)).toEqual(['timeout', 2]);
});

test('nobody else is asked twice', async () => {
  expect(await asked([silent(), answering()], false)).toEqual(['timeout', 1]);
});
