import { execa } from 'execa';
import type { Strike } from './strike.js';

/** Pulls the server's cable: what is sent is lost without a word to either side. */
export const cutLink: Strike = async ({ site }) => {
  const { netns } = site.server;
  await execa('ip', ['link', 'set', netns, 'down']);
  return async () => {
    await execa('ip', ['link', 'set', netns, 'up']);
  };
};
