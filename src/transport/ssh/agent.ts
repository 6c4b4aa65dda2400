/** Which keys an ssh agent holds (draft-miller-ssh-agent, SSH_AGENTC_REQUEST_IDENTITIES). */
import { connect } from 'node:net';
import { type HostKey, hostKey } from './host-key.js';

export interface AgentKey extends HostKey {
  readonly comment: string;
}

const request = Buffer.from([0, 0, 0, 1, 11]);
const identities = 12;
const timeoutMs = 3_000;
const mostBytes = 256 * 1024;

/** Rejects where nobody listens, or does not answer as an agent. */
export const agentKeys = (socket: string): Promise<readonly AgentKey[]> =>
  new Promise((resolve, reject) => {
    const client = connect(socket, () => client.write(request));
    let answer = Buffer.alloc(0);
    client.setTimeout(timeoutMs, () => client.destroy(new Error('the agent does not answer')));
    client.on('error', reject);
    client.on('close', () => reject(new Error('the agent hung up')));
    client.on('data', chunk => {
      answer = Buffer.concat([answer, chunk]);
      const length = answer.length >= 4 ? answer.readUInt32BE(0) : 0;
      if (answer.length < 4 || (answer.length < 4 + length && length <= mostBytes)) return;
      try {
        resolve(keysOf(answer.subarray(4, 4 + length)));
      } catch (error) {
        reject(error);
      }
      client.destroy();
    });
  });

const keysOf = (message: Buffer): readonly AgentKey[] => {
  if (message[0] !== identities) throw new Error('the agent refused to name its keys');
  let at = 5;
  const text = (): Buffer => {
    const length = message.readUInt32BE(at);
    at += 4 + length;
    if (at > message.length) throw new Error('the answer of the agent ends early');
    return message.subarray(at - length, at);
  };
  return Array.from({ length: message.readUInt32BE(1) }, () => {
    const key = hostKey(text());
    return { ...key, comment: text().toString() };
  });
};
