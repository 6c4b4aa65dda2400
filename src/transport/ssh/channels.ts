/** Channels of ssh2 as executions, and held to what they were granted. */
import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { bounds } from '../bounds.js';
import type { Execution } from '../wire.js';

/**
 * ssh2 tells a peer how much it may send, and takes more; and it answers requests of a peer that reads no answer. Each
 * ends the connection before it fills the memory.
 */
export const watch = (socket: Duplex, flooded: () => void): ((channel: ClientChannel) => ClientChannel) => {
  const channels = new Set<ClientChannel>();
  socket.on('data', () => {
    const unread = [...channels].reduce((sum, one) => sum + one.readableLength + one.stderr.readableLength, 0);
    if (unread > bounds.unreadBytes || socket.writableLength > bounds.unsentBytes) flooded();
  });
  return channel => {
    channels.add(channel);
    channel.once('close', () => channels.delete(channel));
    return channel;
  };
};

export const execution = (channel: ClientChannel): Execution => ({
  stdin: channel.stdin,
  stdout: channel,
  stderr: channel.stderr,
  exit: new Promise(resolve => {
    channel.once('exit', (code: number | null, signal?: string) =>
      resolve(code === null ? { ...(signal ? { signal } : {}) } : { code }),
    );
    channel.once('close', () => resolve({}));
  }),
  gone: new Promise(resolve => {
    channel.once('close', () => resolve());
  }),
  destroy() {
    channel.resume();
    channel.stderr.resume();
    channel.close();
  },
});
