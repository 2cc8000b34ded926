import { execa } from 'execa';
import { labServer } from '../../../lab/servers.js';
import type { Strike } from './strike.js';

/** Pulls the server's cable: what is sent is lost without a word to either side. */
export const cutLink: Strike = async () => {
  const { netns } = labServer(1);
  await execa('ip', ['link', 'set', netns, 'down']);
  return async () => {
    await execa('ip', ['link', 'set', netns, 'up']);
  };
};
