// The Portkey gateway has no option for the address it listens on; the benchmark's servers listen on loopback only.
'use strict';
const net = require('node:net');
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const [first, ...rest] = args;
  if (typeof first === 'number') {
    const callback = rest.find((argument) => typeof argument === 'function');
    return listen.call(this, { port: first, host: '127.0.0.1' }, callback);
  }
  return listen.call(this, ...args);
};
