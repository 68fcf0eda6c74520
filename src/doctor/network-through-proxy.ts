import type { HttpProxy } from '../transport/proxy/proxy.js';
import { connectingThrough, openTunnel, secured } from '../transport/proxy/tunnel.js';
import { answerOf, certificateOf, type Network, nodeNetwork } from './network.js';

export function networkThrough(proxy: HttpProxy, url: string): Network {
  const tunnel = (host: string, port: number, signal: AbortSignal) =>
    openTunnel(proxy, { host, port, url }, signal);
  return {
    lookup: nodeNetwork.lookup,

    async connect(host, port, signal) {
      (await tunnel(host, port, signal)).destroy();
      return host;
    },

    async handshake(host, port, signal, unverified = false) {
      return certificateOf(secured(await tunnel(host, port, signal), host, unverified), signal);
    },

    request(at, headers, signal) {
      const isSecure = at.protocol === 'https:';
      return answerOf(at, {
        headers,
        signal,
        createConnection: connectingThrough(proxy, url, isSecure, signal),
      });
    },
  };
}
